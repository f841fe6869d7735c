/** The approvals policy as this program understands it, read from the file's JSON. */
import { type JsonObject, isObject } from "../lib/json.ts";
import { type AllowEntry, parseAllowlist } from "./allow-entries.ts";

export const securityLevels = ["deny", "allowlist", "full"] as const;
export const askModes = ["off", "on-miss", "always"] as const;

export type Security = (typeof securityLevels)[number];
export type Ask = (typeof askModes)[number];

export interface Settings {
  readonly security?: Security;
  readonly ask?: Ask;
  readonly askFallback?: Security;
  readonly autoAllowSkills?: boolean;
}

export interface AgentPolicy extends Settings {
  readonly allowlist: readonly AllowEntry[];
}

export interface Policy {
  readonly defaults: Settings;
  readonly agents: ReadonlyMap<string, AgentPolicy>;
  /** Never run, whoever asks and whatever else the policy says. */
  readonly deny: readonly AllowEntry[];
  /** Parts that were not understood, by path; each was read in the safest way. */
  readonly problems: readonly string[];
}

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  /** Nothing in the file can be relied on: everything has to be denied. */
  | { readonly ok: false; readonly problem: string };

export const emptyPolicy: Policy = { defaults: {}, agents: new Map(), deny: [], problems: [] };

/** Agent whose settings apply when a request names none. */
export const mainAgent = "main";
/** Older files call it so. */
export const legacyMainAgent = "default";

const settingKeys = new Set(["security", "ask", "askFallback", "autoAllowSkills"]);
/** Kept by other programs in the same places; without meaning here. */
const knownAgentKeys = new Set([...settingKeys, "allowlist", "mcpTools"]);
const knownTopKeys = new Set(["version", "socket", "defaults", "agents", "deny"]);

export function parsePolicy(value: unknown): ParsedPolicy {
  if (!isObject(value)) return unusable("it is not a JSON object");
  if (value["version"] !== 1) {
    const found =
      value["version"] === undefined ? "is missing" : `is ${JSON.stringify(value["version"])}`;
    return unusable(`"version" ${found}, 1 is wanted`);
  }
  const problems: string[] = [];
  noteUnknown(value, knownTopKeys, "", problems);
  const defaults = value["defaults"] ?? {};
  const agents = value["agents"] ?? {};
  if (!isObject(defaults)) return unusable(`"defaults" is not an object`);
  if (!isObject(agents)) return unusable(`"agents" is not an object`);
  const deny = parseDeny(value["deny"]);
  if (deny === undefined) return unusable(`"deny" is not a list of patterns`);
  noteUnknown(defaults, settingKeys, "defaults.", problems);
  const parsed = new Map<string, AgentPolicy>();
  for (const [id, agent] of Object.entries(agents)) {
    if (!isObject(agent)) return unusable(`"agents.${id}" is not an object`);
    parsed.set(id, parseAgent(agent, `agents.${id}.`, problems));
  }
  return {
    ok: true,
    policy: {
      defaults: parseSettings(defaults, "defaults.", problems),
      agents: mergeLegacy(parsed),
      deny,
      problems,
    },
  };
}

function unusable(problem: string): ParsedPolicy {
  return { ok: false, problem };
}

function parseAgent(agent: JsonObject, path: string, problems: string[]): AgentPolicy {
  noteUnknown(agent, knownAgentKeys, path, problems);
  return {
    ...parseSettings(agent, path, problems),
    allowlist: parseAllowlist(agent["allowlist"], path, problems),
  };
}

/** A word that is not known is read as the strictest: falling back could open what was closed. */
function parseSettings(from: JsonObject, path: string, problems: string[]): Settings {
  return {
    ...word(from, "security", securityLevels, "deny", path, problems),
    ...word(from, "ask", askModes, "always", path, problems),
    ...word(from, "askFallback", securityLevels, "deny", path, problems),
    ...flag(from, path, problems),
  };
}

function word<K extends string, W extends string>(
  from: JsonObject,
  key: K,
  words: readonly W[],
  strictest: W,
  path: string,
  problems: string[],
): Partial<Record<K, W>> {
  const value = from[key];
  if (value === undefined || value === null) return {};
  const known = words.find((candidate) => candidate === value);
  if (known === undefined) {
    problems.push(
      `${path}${key} is ${JSON.stringify(value)}, wanted is ${words.join(", ")}; read as ${strictest}`,
    );
  }
  const result: Partial<Record<K, W>> = {};
  result[key] = known ?? strictest;
  return result;
}

function flag(
  from: JsonObject,
  path: string,
  problems: string[],
): Pick<Settings, "autoAllowSkills"> {
  const value = from["autoAllowSkills"];
  if (value === undefined || value === null) return {};
  if (typeof value === "boolean") return { autoAllowSkills: value };
  problems.push(
    `${path}autoAllowSkills is ${JSON.stringify(value)}, wanted is true or false; read as false`,
  );
  return { autoAllowSkills: false };
}

/** A list that is not understood would let pass what it was made to stop. */
function parseDeny(value: unknown): AllowEntry[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const entries: AllowEntry[] = [];
  for (const item of value) {
    const pattern = typeof item === "string" ? item.trim() : "";
    if (pattern === "") return undefined;
    entries.push({ pattern });
  }
  return entries;
}

function mergeLegacy(agents: Map<string, AgentPolicy>): Map<string, AgentPolicy> {
  const legacy = agents.get(legacyMainAgent);
  if (legacy === undefined) return agents;
  const main = agents.get(mainAgent);
  agents.delete(legacyMainAgent);
  agents.set(mainAgent, {
    ...legacy,
    ...main,
    allowlist: [...(main?.allowlist ?? []), ...legacy.allowlist],
  });
  return agents;
}

function noteUnknown(
  value: JsonObject,
  known: ReadonlySet<string>,
  path: string,
  problems: string[],
): void {
  for (const key of Object.keys(value)) {
    if (!known.has(key)) problems.push(`${path}${key} is not a setting; it has no effect`);
  }
}
