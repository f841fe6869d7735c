/** From flags and files to the one description of the service. */
import { join, resolve } from "node:path";

import { urlOf } from "../../client/endpoint.ts";
import { UserError } from "../../lib/errors.ts";
import { shellQuote } from "../../lib/display-text.ts";
import type { Hardening, SecretFile, ServiceSpec } from "../../service/service-spec.ts";
import type { CheckedNode } from "../commands/node-setup.ts";
import type { CliContext } from "../context.ts";
import { closedTo } from "./reachable.ts";
import { serviceEnvironment } from "./service-environment.ts";
import type { ServiceTarget } from "./service-target.ts";

export interface SpecRequest {
  readonly args: Readonly<Record<string, unknown>>;
  readonly environmentFiles: readonly string[];
  readonly profile: string | undefined;
  readonly hardening: Hardening;
  /** Flags of `node run`. */
  readonly words: readonly string[];
  readonly check: CheckedNode;
}

export interface BuiltSpec {
  readonly spec: ServiceSpec;
  /** Content of secret files by path. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly url: string;
  readonly warnings: readonly string[];
}

export function buildSpec(
  context: CliContext,
  target: ServiceTarget,
  request: SpecRequest,
): BuiltSpec {
  const { machine, env } = context;
  const { place, account } = target;
  const program = executable(context, target);
  const profile = profileWords(context, request.profile);
  const secrets = secretsOf(context, target, request.check);
  const custom = request.profile === undefined && env["CLAWDBOT_STATE_DIR"]?.trim();
  const foreign = account !== undefined && account.name !== "root";
  const surroundings = serviceEnvironment(context, place, {
    foreign,
    setsStateDirectory: Boolean(custom),
  });
  const environmentFiles = request.environmentFiles.map((path) => resolve(machine.cwd, path));
  if (foreign) refuseUnreadable(context, target, request.words, environmentFiles);
  return {
    secrets: Object.fromEntries(secrets.map(({ path, text }) => [path, text])),
    url: urlOf(request.check.candidates.current.endpoint),
    warnings: [...surroundings.warnings, ...temporaryProgram(program, env["TMPDIR"])],
    spec: {
      names: place.names,
      description: "Clawdbot Node Host",
      scope: place.scope,
      account,
      argv: [program, "node", "run", ...request.words, ...profile],
      workingDirectory: place.home,
      stateDirectory: place.stateDirectory,
      dataDirectory: place.dataDirectory,
      environment: surroundings.environment,
      environmentFiles,
      secrets: secrets.map(({ name, path }): SecretFile => ({ name, path })),
      hardening: request.hardening,
      drainSeconds: Math.ceil(request.check.settings.drainMs / 1000),
    },
  };
}

/** The real path of this very executable: links may be changed, and a service must not wonder. */
function executable({ machine, files }: CliContext, { account }: ServiceTarget): string {
  const [program = "", ...script] = machine.self;
  if (script.length > 0) {
    throw new UserError("Cannot install a service that runs from source: it needs the executable", {
      hint: 'Build it first with "npm run build", and use dist/…/clawdbot',
    });
  }
  const path = files.realPath(program) ?? program;
  if (account === undefined || account.name === "root") return path;
  const closed = closedTo(files, path, 1);
  if (closed === undefined) return path;
  throw new UserError(
    `Cannot run "${path}" as ${account.name}: "${closed}" is closed to other accounts`,
    {
      hint: `sudo install -m 755 ${shellQuote(path)} /usr/local/bin/clawdbot, and use /usr/local/bin/clawdbot`,
    },
  );
}

function temporaryProgram(program: string, temporary: string | undefined): string[] {
  const roots = ["/tmp", "/var/tmp", "/dev/shm", temporary].filter((root) => root !== undefined);
  return roots.some((root) => root !== "" && program.startsWith(`${root}/`))
    ? [`The service starts "${program}", which is in a temporary directory and may vanish`]
    : [];
}

function profileWords({ env }: CliContext, profile: string | undefined): string[] {
  const inherited = env["CLAWDBOT_STATE_DIR"]?.trim() ? undefined : env["CLAWDBOT_PROFILE"]?.trim();
  const name = profile ?? inherited;
  return name === undefined || name === "" ? [] : ["--profile", name];
}

/** What is given now, else what an earlier installation stored. */
function secretsOf(
  { files }: CliContext,
  { place }: ServiceTarget,
  check: CheckedNode,
): (SecretFile & { readonly text: string })[] {
  const given = check.secrets();
  const list = [
    { name: "gateway-token", text: given.token },
    { name: "gateway-password", text: given.password },
  ] as const;
  return list.flatMap(({ name, text }) => {
    const path = join(place.dataDirectory, name);
    const stored = text ?? readStored(files, path);
    return stored === undefined || stored === "" ? [] : [{ name, path, text: stored }];
  });
}

function readStored(files: CliContext["files"], path: string): string | undefined {
  try {
    return files.readText(path)?.trim();
  } catch {
    return undefined;
  }
}

/** Files that the host itself reads have to be readable for its account. */
function refuseUnreadable(
  { files }: CliContext,
  { account, manager }: ServiceTarget,
  words: readonly string[],
  environmentFiles: readonly string[],
): void {
  const read = words.filter(
    (word) => word.startsWith("/") && files.stat(word, true)?.kind === "file",
  );
  // systemd reads them as root.
  const own = manager?.kind === "systemd" ? [] : environmentFiles;
  for (const path of [...read, ...own]) {
    const closed = closedTo(files, path, 4);
    if (closed === undefined) continue;
    throw new UserError(
      `Cannot use "${path}": the account ${account?.name ?? ""} cannot read it, "${closed}" is closed to it`,
      { hint: `Put it where everybody may read it, for example below /etc/clawdbot` },
    );
  }
}
