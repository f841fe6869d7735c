/** `agentLimits` of `node.json`: limits for the commands of single agents. */
import { type ProcessLimits, limitNames, readLimit, wantedLimit } from "../exec/process-limits.ts";
import { isObject } from "../lib/json.ts";
import type { LimitName } from "../platform/ports.ts";
import { contentError } from "../state/state-error.ts";

export type AgentLimits = ReadonlyMap<string, Partial<ProcessLimits>>;

/**
 * Reads `{"AGENT": {"memory": "1G", "cpu": "10m", "processes": 64}}`. Throws ConfigError: a limit
 * that is not understood must not be none.
 */
export function readAgentLimits(value: unknown, path: string): AgentLimits {
  const problem = (where: string, wanted: string): Error =>
    contentError(path, `"agentLimits${where}" is not as expected (wanted is ${wanted})`);
  const agents = new Map<string, Partial<ProcessLimits>>();
  if (value === undefined) return agents;
  if (!isObject(value)) throw problem("", "an object with agents");
  for (const [agent, given] of Object.entries(value)) {
    if (!isObject(given)) throw problem(`.${agent}`, `an object with ${limitNames.join(", ")}`);
    let limits: Partial<ProcessLimits> = {};
    for (const [name, limit] of Object.entries(given)) {
      const known = limitNames.find((candidate) => candidate === name);
      if (known === undefined) throw problem(`.${agent}.${name}`, limitNames.join(", "));
      const read = readLimit(known, textOf(known, limit));
      if (read === undefined) throw problem(`.${agent}.${name}`, wantedLimit[known]);
      limits = { ...limits, ...read };
    }
    agents.set(agent, limits);
  }
  return agents;
}

/** A number of processes may stand there as a number. */
function textOf(name: LimitName, limit: unknown): string {
  if (typeof limit === "string") return limit;
  return name === "processes" && typeof limit === "number" ? String(limit) : "";
}
