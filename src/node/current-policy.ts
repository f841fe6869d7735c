/** The policy that holds at this moment for an agent. */
import { type EffectivePolicy, effectivePolicy } from "../approvals/effective.ts";
import { type Policy, emptyPolicy, parsePolicy } from "../approvals/policy.ts";
import type { ApprovalsRead, ApprovalsStore } from "../state/approvals-file.ts";
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
    const parsed = policyIn(read);
    if (!parsed.ok) return unusable(`exec-approvals.json cannot be used: ${parsed.problem}`);
    policy = parsed.policy;
  }
  return { ok: true, policy: effectivePolicy(policy, agentId) };
}

const policies = new WeakMap<ApprovalsRead, ReturnType<typeof parsePolicy>>();

/** The store gives the same object as long as the text is the same. */
function policyIn(read: Extract<ApprovalsRead, { kind: "file" }>): ReturnType<typeof parsePolicy> {
  const parsed = policies.get(read) ?? parsePolicy(read.value);
  policies.set(read, parsed);
  return parsed;
}

function unusable(problem: string): Refusal {
  const message = `SYSTEM_RUN_DISABLED: security=deny\n${problem}\nNothing runs until the file is mended.`;
  return refuse({ ok: false, code: "UNAVAILABLE", message }, "security=deny");
}
