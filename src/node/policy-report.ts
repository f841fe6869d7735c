/** What an operator of this machine should know about its policy when the host starts. */
import { effectivePolicy } from "../approvals/effective.ts";
import { allowsEverything } from "../approvals/match-program.ts";
import { type Policy, emptyPolicy, parsePolicy } from "../approvals/policy.ts";
import type { Log } from "../platform/ports.ts";
import type { ApprovalsStore } from "../state/approvals-file.ts";

/** Logs the effective policy of the main agent and everything in the file that is not understood. */
export function reportPolicy(store: ApprovalsStore, path: string, log: Log): void {
  const read = store.read();
  const parsed = read.kind === "file" ? parsePolicy(read.value) : undefined;
  const unusable = read.kind === "unusable" ? read.problem : undefined;
  const problem = unusable ?? (parsed?.ok === false ? `"${path}": ${parsed.problem}` : undefined);
  if (problem !== undefined) {
    log.error(`the exec policy cannot be used, so every command is denied: ${problem}`);
    return;
  }
  const policy: Policy = parsed?.ok === true ? parsed.policy : emptyPolicy;
  for (const part of policy.problems) log.warn(`exec policy: ${part}`, { file: path });
  const main = effectivePolicy(policy, undefined);
  log.info("exec policy for agents without one of their own", {
    security: main.security.value,
    ask: main.ask.value,
    allowlist: main.allowlist.length,
    file: read.kind === "missing" ? `${path} (not there: built-in default)` : path,
  });
  for (const [agent, { allowlist }] of policy.agents) {
    if (allowlist.some(allowsEverything)) {
      log.warn(`exec policy: agents.${agent} allows "*": every command may run`, { file: path });
    }
  }
}
