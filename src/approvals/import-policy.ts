/**
 * The policy of another node host in this program's words. What it left open by default is not
 * taken over: an import never opens a machine by what a file does not say.
 */
import { type JsonObject, isObject } from "../lib/json.ts";
import { everyAgent } from "./effective.ts";
import {
  type Ask,
  type Security,
  type Settings,
  askModes,
  legacyMainAgent,
  mainAgent,
  securityLevels,
} from "./policy.ts";

/** What the other program's own configuration adds to its policy file; the stricter one counts. */
export interface OtherLimits {
  readonly everywhere: Pick<Settings, "security" | "ask">;
  readonly agents: Readonly<Record<string, Pick<Settings, "security" | "ask">>>;
}

export interface ImportedPolicy {
  readonly file: JsonObject;
  readonly settings: Required<Settings>;
  /** Entries with conditions on the arguments, which this program does not use. */
  readonly conditional: number;
}

/** True when a file decides nothing: no setting, no agent. */
export function saysNothing(file: JsonObject): boolean {
  const defaults = isObject(file["defaults"]) ? file["defaults"] : {};
  const agents = isObject(file["agents"]) ? file["agents"] : {};
  return Object.keys(agents).length === 0 && !settingNames.some((name) => name in defaults);
}

const settingNames = ["security", "ask", "askFallback", "autoAllowSkills"] as const;

/** `unset`: the security that counts where the file names none. */
export function importedPolicy(
  { socket: _socket, ...file }: JsonObject,
  unset: Security,
  limits: OtherLimits,
): ImportedPolicy {
  const given = isObject(file["defaults"]) ? file["defaults"] : {};
  const { security, ask } = limited(
    {
      security: wordOf(given["security"], securityLevels, unset, "deny"),
      ask: wordOf(given["ask"], askModes, "on-miss", "always"),
    },
    limits.everywhere,
  );
  const settings = {
    security,
    ask,
    askFallback: wordOf(given["askFallback"], securityLevels, "deny", "deny"),
    autoAllowSkills: given["autoAllowSkills"] === true,
  };
  const agents = isObject(file["agents"]) ? renamed(file["agents"]) : {};
  const all = Object.hasOwn(agents, everyAgent) ? agents[everyAgent] : undefined;
  const every = agentOf(isObject(all) ? all : {}, settings, [limits.everywhere]);
  const names = new Set([...Object.keys(agents), ...Object.keys(limits.agents)]);
  const imported = [...names].map((name): [string, unknown] => {
    const agent = Object.hasOwn(agents, name) ? agents[name] : {};
    if (!isObject(agent)) return [name, agent];
    if (name === everyAgent) return [name, every];
    const limit = Object.hasOwn(limits.agents, name) ? limits.agents[name] : undefined;
    return [name, agentOf(agent, { ...settings, ...every }, [limits.everywhere, limit])];
  });
  const members: JsonObject = Object.fromEntries(imported);
  return {
    file: { ...file, version: 1, defaults: { ...given, ...settings }, agents: members },
    settings,
    conditional: Object.values(members).reduce((sum: number, one) => sum + conditional(one), 0),
  };
}

/** Older files call the agent `main` otherwise; what limits it has to meet it under one name. */
function renamed({ [legacyMainAgent]: legacy, ...agents }: JsonObject): JsonObject {
  if (!isObject(legacy)) return agents;
  const main = isObject(agents[mainAgent]) ? agents[mainAgent] : {};
  const lists = [legacy["allowlist"], main["allowlist"]].filter((list) => Array.isArray(list));
  const allowlist: unknown[] = lists.flat();
  const both = { ...legacy, ...main, ...(lists.length === 0 ? {} : { allowlist }) };
  return { ...agents, [mainAgent]: both };
}

type Limit = Pick<Settings, "security" | "ask"> | undefined;

interface AgentMembers {
  readonly security?: Security;
  readonly ask?: Ask;
}

/** An agent keeps what it says, as far as the limits allow; what it inherits stays inherited. */
function agentOf(
  agent: JsonObject,
  inherited: Pick<Required<Settings>, "security" | "ask">,
  limits: readonly Limit[],
): JsonObject & AgentMembers {
  const own = {
    security: wordOf(agent["security"], securityLevels, inherited.security, "deny"),
    ask: wordOf(agent["ask"], askModes, inherited.ask, "always"),
  };
  const result = limits.reduce<typeof own>((now, limit) => limited(now, limit ?? {}), own);
  const { security: _security, ask: _ask, ...others } = agent;
  const says = (key: "security" | "ask"): boolean =>
    agent[key] !== undefined || result[key] !== inherited[key];
  return {
    ...others,
    ...(says("security") ? { security: result.security } : {}),
    ...(says("ask") ? { ask: result.ask } : {}),
  };
}

/** From the strictest to the most open. */
const asksMost: readonly Ask[] = ["always", "on-miss", "off"];

function limited(
  { security, ask }: { readonly security: Security; readonly ask: Ask },
  limit: NonNullable<Limit>,
): { readonly security: Security; readonly ask: Ask } {
  return {
    security: stricter(securityLevels, security, limit.security),
    ask: stricter(asksMost, ask, limit.ask),
  };
}

function stricter<T>(order: readonly T[], one: T, other: T | undefined): T {
  return other !== undefined && order.indexOf(other) < order.indexOf(one) ? other : one;
}

/** A word that is not known is read as the strictest, as everywhere. */
function wordOf<W extends string>(value: unknown, words: readonly W[], unset: W, strictest: W): W {
  if (value === undefined || value === null) return unset;
  return words.find((word) => word === value) ?? strictest;
}

function conditional(agent: unknown): number {
  const list: unknown = isObject(agent) ? agent["allowlist"] : undefined;
  if (!Array.isArray(list)) return 0;
  return list.filter((entry) => isObject(entry) && entry["argPattern"] !== undefined).length;
}
