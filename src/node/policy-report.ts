/** What an operator of this machine should know about its policy when the host starts. */
import { effectivePolicy } from "../approvals/effective.ts";
import { allowsEverything } from "../approvals/match-program.ts";
import { type Policy, emptyPolicy, parsePolicy } from "../approvals/policy.ts";
import type { Log } from "../platform/ports.ts";
import type { HostStatus } from "../protocol/host-status.ts";
import type { ApprovalsStore } from "../state/approvals-file.ts";

export interface PolicySummary {
  readonly exists: boolean;
  /** Why nothing in the file counts, and every command is denied. */
  readonly problem: string | undefined;
  /** Parts that were not understood, and agents to whom everything is allowed. */
  readonly warnings: string[];
  /** Of the main agent. */
  readonly security: string;
  readonly ask: string;
  readonly allowlist: number;
}

/** The effective policy of the main agent and everything in the file that is not understood. */
export function summarizePolicy(store: ApprovalsStore, path: string): PolicySummary {
  const read = store.read();
  const parsed = read.kind === "file" ? parsePolicy(read.value) : undefined;
  const unusable = read.kind === "unusable" ? read.problem : undefined;
  const problem = unusable ?? (parsed?.ok === false ? `"${path}": ${parsed.problem}` : undefined);
  const policy: Policy = parsed?.ok === true ? parsed.policy : emptyPolicy;
  const main = effectivePolicy(policy, undefined);
  const open = [...policy.agents].filter(([, { allowlist }]) => allowlist.some(allowsEverything));
  return {
    exists: read.kind !== "missing",
    problem,
    warnings: [
      ...policy.problems,
      ...open.map(([agent]) => `agents.${agent} allows "*": every command may run`),
    ],
    security: problem === undefined ? main.security.value : "deny",
    ask: main.ask.value,
    allowlist: main.allowlist.length,
  };
}

/** The same for whoever asks the running host. */
export function policyStatus(store: ApprovalsStore, file: string): HostStatus["policy"] {
  const { problem, ...summary } = summarizePolicy(store, file);
  return { file, ...summary, ...(problem === undefined ? {} : { problem }) };
}

/** Logs it when the host starts. */
export function reportPolicy(store: ApprovalsStore, path: string, log: Log): void {
  const { exists, problem, warnings, security, ask, allowlist } = summarizePolicy(store, path);
  if (problem !== undefined) {
    log.error(`the exec policy cannot be used, so every command is denied: ${problem}`);
    return;
  }
  for (const part of warnings) log.warn(`exec policy: ${part}`, { file: path });
  log.info("exec policy for agents without one of their own", {
    security,
    ask,
    allowlist,
    file: exists ? path : `${path} (not there: built-in default)`,
  });
}
