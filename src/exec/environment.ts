/** The environment that a command gets. */
import { isCodeLoading, isOwn, isRedirecting } from "./dangerous-variables.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface EnvironmentRequest {
  /** What is made of an object is kept: its variables do not change any more. */
  readonly inherited: Env;
  readonly overrides: Readonly<Record<string, string>>;
  /** Only what cannot redirect an allowed program may be set. */
  readonly strict: boolean;
  readonly windows: boolean;
}

export type EnvironmentResult =
  | { readonly ok: true; readonly env: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly message: string };

/**
 * Merges a request's variables into the inherited ones. A refused variable refuses the request: a
 * command that silently ran without it would do something else than was asked for.
 */
export function buildEnvironment(request: EnvironmentRequest): EnvironmentResult {
  const env = { ...inheritable(request.inherited) };
  const blocked: string[] = [];
  const malformed: string[] = [];
  for (const [rawName, value] of Object.entries(request.overrides)) {
    const name = rawName.trim();
    if (name === "") continue;
    if (!isPortable(name) || value.includes("\0")) malformed.push(name);
    else if (name.toUpperCase() === "PATH") {
      if (!setPath(env, value.trim(), request)) blocked.push("PATH");
    } else if (isNoPager(name, value)) env[name] = value;
    else if (isRefused(name.toUpperCase(), request.strict)) blocked.push(name.toUpperCase());
    else env[name] = value;
  }
  if (blocked.length === 0 && malformed.length === 0) return { ok: true, env };
  const lifted = request.strict && blocked.some((name) => !isRefused(name, false));
  return { ok: false, message: refusal(blocked, malformed) + (lifted ? remedy : "") };
}

/** `__proto__` is none either: set on an object it would vanish. */
function isPortable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && name !== "__proto__";
}

/** Whether a shell text may set a variable for one of its commands where programs are judged. */
export function mayAssign(name: string, value: string): boolean {
  if (!isPortable(name)) return false;
  return isNoPager(name, value) || !isRefused(name.toUpperCase(), true);
}

/** Agents ask so for output without a pager, where another value would start a program. */
function isNoPager(name: string, value: string): boolean {
  return /^(GIT_|MAN|SYSTEMD_|GH_)?PAGER$/.test(name) && (value === "" || value === "cat");
}

function isRefused(name: string, strict: boolean): boolean {
  return isCodeLoading(name) || isOwn(name) || (strict && isRedirecting(name));
}

/** Judging every variable again would take a tenth of what this host itself does for a run. */
const judged = new WeakMap<Env, Readonly<Record<string, string>>>();

/** What children may inherit: nothing that loads code, nothing of our own. */
function inheritable(inherited: Env): Readonly<Record<string, string>> {
  const known = judged.get(inherited);
  if (known !== undefined) return known;
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    const upper = name.toUpperCase();
    if (value !== undefined && !isCodeLoading(upper) && !isOwn(upper)) env[name] = value;
  }
  judged.set(inherited, env);
  return env;
}

/** Every program is looked for in each of them. */
const mostPlaces = 64;

/** PATH may only be prepended to, and only where everything may run anyway. */
function setPath(env: Record<string, string>, value: string, request: EnvironmentRequest): boolean {
  const name = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  const current = env[name] ?? "";
  if (value === "" || value === current) return true;
  const separator = request.windows ? ";" : ":";
  if (request.strict || !value.endsWith(`${separator}${current}`)) return false;
  const added = value.slice(0, -current.length - 1).split(separator, mostPlaces + 1);
  if (added.length > mostPlaces) return false;
  env[name] = value;
  return true;
}

/** What the owner of the machine sets is inherited. */
const remedy =
  "\nWhere an allowlist holds, a run does not set variables that choose programs, files or places. Set them where the node host is started, or leave them out.";

function refusal(blocked: readonly string[], malformed: readonly string[]): string {
  const parts = [
    blocked.length === 0 ? "" : `blocked override keys: ${blocked.toSorted().join(", ")}`,
    malformed.length === 0
      ? ""
      : `invalid non-portable override keys: ${malformed.toSorted().join(", ")}`,
  ];
  const list = parts.filter((part) => part !== "").join("; ");
  return `SYSTEM_RUN_DENIED: environment override rejected (${list})`;
}
