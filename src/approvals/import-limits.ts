/** What the configuration of another node host says about commands, beside its policy file. */
import { isObject } from "../lib/json.ts";
import type { OtherLimits } from "./import-policy.ts";
import { type Settings, askModes, securityLevels } from "./policy.ts";

type Limit = Pick<Settings, "security" | "ask">;

/** Where the configuration cannot be read, it may have said anything short of everything. */
export const unknownLimits: OtherLimits = {
  everywhere: { security: "allowlist", ask: "on-miss" },
  agents: {},
};

/** `tools.exec`, and that of every agent. A word that is not known is read as the strictest. */
export function limitsIn(configuration: unknown): OtherLimits {
  const agents = member(configuration, "agents", "list");
  const entries = Array.isArray(agents) ? agents : [];
  return {
    everywhere: limitOf(configuration),
    agents: Object.fromEntries(
      entries.flatMap((agent: unknown) => {
        const id = member(agent, "id");
        const limit = limitOf(agent);
        return typeof id === "string" && Object.keys(limit).length > 0 ? [[id, limit]] : [];
      }),
    ),
  };
}

function limitOf(owner: unknown): Limit {
  const security = member(owner, "tools", "exec", "security");
  const ask = member(owner, "tools", "exec", "ask");
  return {
    ...(security === undefined
      ? {}
      : { security: securityLevels.find((word) => word === security) ?? "deny" }),
    ...(ask === undefined ? {} : { ask: askModes.find((word) => word === ask) ?? "always" }),
  };
}

function member(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), value);
}
