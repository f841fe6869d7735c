/** The policy that holds at this moment for an agent. */
import { type EffectivePolicy, effectivePolicy } from "../approvals/effective.ts";
import { type Policy, emptyPolicy, parsePolicy } from "../approvals/policy.ts";
import type { ApprovalsStore } from "../state/approvals-file.ts";
import { type Refusal, refuse } from "./refusal.ts";

type CurrentPolicy = { readonly ok: true; readonly policy: EffectivePolicy } | Refusal;

/** Read for every run: an edit counts at once. */
export function currentPolicy(
  approvals: ApprovalsStore,
  agentId: string | undefined,
): CurrentPolicy {
  const read = approvals.read();
  if (read.kind === "unusable") return unusable(read.problem);
  let policy: Policy = emptyPolicy;
  if (read.kind === "file") {
    const parsed = parsePolicy(read.value);
    if (!parsed.ok) return unusable(`exec-approvals.json cannot be used: ${parsed.problem}`);
    policy = parsed.policy;
  }
  return { ok: true, policy: effectivePolicy(policy, agentId) };
}

function unusable(problem: string): Refusal {
  const message = `SYSTEM_RUN_DISABLED: security=deny\n${problem}\nNothing runs until the file is mended.`;
  return refuse({ ok: false, code: "UNAVAILABLE", message }, "security=deny");
}
