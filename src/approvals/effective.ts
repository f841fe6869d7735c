/** What applies to one agent, and where each setting came from. */
import type { AllowEntry } from "./allow-entries.ts";
import {
  type Ask,
  type Policy,
  type Security,
  type Settings,
  legacyMainAgent,
  mainAgent,
  securityLevels,
} from "./policy.ts";

export interface Setting<T> {
  readonly value: T;
  /** For people: `agents.main`, `agents.*`, `defaults` or `built-in`. */
  readonly source: string;
}

export interface EffectivePolicy {
  readonly agent: string;
  readonly security: Setting<Security>;
  readonly ask: Setting<Ask>;
  readonly askFallback: Setting<Security>;
  readonly autoAllowSkills: Setting<boolean>;
  readonly allowlist: readonly AllowEntry[];
  readonly deny: readonly AllowEntry[];
}

/** What an untouched machine does. */
const builtIn: Required<Settings> = {
  security: "allowlist",
  ask: "on-miss",
  askFallback: "deny",
  autoAllowSkills: false,
};

export const everyAgent = "*";

/** The agent's own setting wins over that of `*`, that over the defaults, those over the built-in. */
export function effectivePolicy(policy: Policy, agentId: string | undefined): EffectivePolicy {
  const agent = agentId === undefined || agentId === legacyMainAgent ? mainAgent : agentId;
  const own = policy.agents.get(agent);
  const every = agent === everyAgent ? undefined : policy.agents.get(everyAgent);
  const levels = [
    { settings: own, source: `agents.${agent}` },
    { settings: every, source: `agents.${everyAgent}` },
    { settings: policy.defaults, source: "defaults" },
  ];
  const first = <T>(read: (settings: Settings) => T | undefined, fallback: T): Setting<T> => {
    for (const { settings, source } of levels) {
      const value = settings && read(settings);
      if (value !== undefined) return { value, source };
    }
    return { value: fallback, source: "built-in" };
  };
  return {
    agent,
    security: first((settings) => settings.security, builtIn.security),
    ask: first((settings) => settings.ask, builtIn.ask),
    askFallback: first((settings) => settings.askFallback, builtIn.askFallback),
    autoAllowSkills: first((settings) => settings.autoAllowSkills, builtIn.autoAllowSkills),
    deny: policy.deny,
    allowlist: [...(every?.allowlist ?? []), ...(own?.allowlist ?? [])],
  };
}

/** What applies to an agent without settings of its own; nothing runs where there is no policy. */
export function resolvedDefaults(policy: Policy | undefined): Required<Settings> {
  if (policy === undefined) return { ...builtIn, security: "deny" };
  return { ...builtIn, ...policy.defaults };
}

/**
 * What applies where nobody answered: `askFallback`, but never more than `security` allows, and
 * without asking again.
 */
export function unansweredPolicy(policy: EffectivePolicy): EffectivePolicy {
  const { security, askFallback } = policy;
  const rank = ({ value }: Setting<Security>): number => securityLevels.indexOf(value);
  return {
    ...policy,
    security: rank(askFallback) < rank(security) ? askFallback : security,
    ask: { value: "off", source: askFallback.source },
  };
}
