// `exec-approvals.json`: what a node, theirs or ours, lets itself be asked to run.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stateDirectory } from "./state-directory.ts";

export interface Policy {
  readonly security: "deny" | "allowlist" | "full";
  readonly ask: "off" | "on-miss" | "always";
  readonly allowlist?: readonly string[];
}

/** Commands run without a question; what a policy refuses is the subject of other tests. */
export const OPEN_POLICY: Policy = { security: "full", ask: "off" };

export function policyFile({ security, ask, allowlist = [] }: Policy): Record<string, unknown> {
  return {
    version: 1,
    defaults: { security, ask, askFallback: "deny" },
    agents: { "*": { allowlist: allowlist.map((pattern) => ({ pattern })) } },
  };
}

export async function writePolicy(home: string, policy: Policy): Promise<void> {
  const directory = stateDirectory(home);
  await mkdir(directory, { recursive: true });
  const text = `${JSON.stringify(policyFile(policy), null, 2)}\n`;
  await writeFile(join(directory, "exec-approvals.json"), text, { mode: 0o600 });
}
