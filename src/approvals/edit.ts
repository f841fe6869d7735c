/** Edits of the approvals file's JSON that keep everything else in it. */
import { type JsonObject, isObject } from "../lib/json.ts";

export interface AllowlistChange {
  readonly file: JsonObject;
  readonly changed: boolean;
}

/** What an entry allows, apart from the program. */
export interface EntryScope {
  /** The only arguments that it is for. */
  readonly argPattern?: string;
  /** Made by an approval on an OpenClaw Gateway. */
  readonly source?: "allow-always";
}

/** Adds a pattern to an agent's allowlist unless it is there. `id` names the new entry. */
export function addPattern(
  file: JsonObject,
  agent: string,
  pattern: string,
  entry: EntryScope & { readonly id: string; readonly addedAtMs: number },
): AllowlistChange {
  const list = allowlistOf(file, agent);
  const { id, addedAtMs, ...scope } = entry;
  const there = list.some((item) => patternOf(item) === pattern && isFor(item, scope));
  if (there) return { file, changed: false };
  const added = { id, pattern, ...scope, lastUsedAt: addedAtMs };
  return { file: withAllowlist(file, agent, [...list, added]), changed: true };
}

/**
 * Removes a pattern from an agent's allowlist, or with `argPattern` only what is for these
 * arguments; an agent that is left empty goes too.
 */
export function removePattern(
  file: JsonObject,
  agent: string,
  pattern: string,
  argPattern?: string,
): AllowlistChange {
  const list = allowlistOf(file, agent);
  const goes = (item: unknown): boolean =>
    patternOf(item) === pattern && (argPattern === undefined || isFor(item, { argPattern }));
  const kept = list.filter((item) => !goes(item));
  if (kept.length === list.length) return { file, changed: false };
  return { file: withAllowlist(file, agent, kept), changed: true };
}

/** Puts a pattern on the deny list, or takes it off. */
export function setDenied(file: JsonObject, pattern: string, denied: boolean): AllowlistChange {
  const stored: unknown = file["deny"];
  const list: readonly unknown[] = Array.isArray(stored) ? stored : [];
  if (list.some((item) => patternOf(item) === pattern) === denied) return { file, changed: false };
  const next = denied ? [...list, pattern] : list.filter((item) => patternOf(item) !== pattern);
  const { deny: _deny, ...rest } = file;
  const changed = next.length === 0 ? rest : { ...rest, deny: next };
  return { file: { version: 1, ...changed }, changed: true };
}

function allowlistOf(file: JsonObject, agent: string): readonly unknown[] {
  const list: unknown = agentOf(file, agent)["allowlist"];
  return Array.isArray(list) ? list : [];
}

function agentOf(file: JsonObject, agent: string): JsonObject {
  const agents = agentsOf(file);
  const found = Object.hasOwn(agents, agent) ? agents[agent] : undefined;
  return isObject(found) ? found : {};
}

function agentsOf(file: JsonObject): JsonObject {
  return isObject(file["agents"]) ? file["agents"] : {};
}

function withAllowlist(file: JsonObject, agent: string, list: readonly unknown[]): JsonObject {
  const { allowlist: _old, ...settings } = agentOf(file, agent);
  const others = Object.entries(agentsOf(file)).filter(([id]) => id !== agent);
  const next = list.length === 0 ? settings : { ...settings, allowlist: list };
  const agents = Object.keys(next).length === 0 ? others : [...others, [agent, next] as const];
  return { version: 1, ...file, agents: Object.fromEntries(agents) };
}

/** Whether an entry is for just these arguments, and came into being in the same way. */
function isFor(item: unknown, { argPattern, source }: EntryScope): boolean {
  if (!isObject(item)) return argPattern === undefined && source === undefined;
  const generated = item["source"] === "allow-always";
  return generated === (source !== undefined) && item["argPattern"] === argPattern;
}

function patternOf(item: unknown): string | undefined {
  const pattern: unknown = isObject(item) ? item["pattern"] : item;
  return typeof pattern === "string" ? pattern.trim() : undefined;
}
