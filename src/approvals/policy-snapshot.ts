/** What an operator knew of this node's policy when a run was approved. */
import type { PolicySnapshot } from "../protocol/run-plan.ts";
import type { EffectivePolicy } from "./effective.ts";

export function snapshotOf(policy: EffectivePolicy): PolicySnapshot {
  return {
    security: policy.security.value,
    ask: policy.ask.value,
    askFallback: policy.askFallback.value,
    autoAllowSkills: policy.autoAllowSkills.value,
    allowlistRules: policy.allowlist.map(({ pattern, args }) => ({
      pattern,
      ...(args === undefined ? {} : { argPattern: args.text }),
    })),
  };
}

/** Whether a policy still is what it was, apart from entries that were added since. */
export function snapshotHolds(then: PolicySnapshot, policy: EffectivePolicy): boolean {
  const now = snapshotOf(policy);
  if (
    then.security !== now.security ||
    then.ask !== now.ask ||
    then.askFallback !== now.askFallback ||
    then.autoAllowSkills !== now.autoAllowSkills
  ) {
    return false;
  }
  const rules = new Set(now.allowlistRules.map(ruleName));
  return then.allowlistRules.every((rule) => rules.has(ruleName(rule)));
}

function ruleName({
  pattern,
  argPattern,
  source,
}: PolicySnapshot["allowlistRules"][number]): string {
  return JSON.stringify([pattern, argPattern ?? null, source ?? null]);
}
