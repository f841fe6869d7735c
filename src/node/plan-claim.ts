/**
 * What a `system.run` claims about an approval, and the plan that it rests on. The order of the
 * checks and their words are those of OpenClaw's own node host.
 */
import { displayText, wordsText } from "../approvals/shell-wrapper.ts";
import { type SystemRunPlan, approvalSources, systemRunPlan } from "../protocol/run-plan.ts";
import type { SystemRunParams } from "../protocol/system-run.ts";

export interface RunClaim {
  /** An operator, or a reviewer in its place, let this one run pass. */
  readonly approved: boolean;
  /** The approval is meant for every later run of these programs too. */
  readonly approvedAlways: boolean;
  /** Nobody answered in time: the policy's `askFallback` decides. */
  readonly fallback: boolean;
  /** The plan that was shown; it matches the request where anything is claimed. */
  readonly plan: SystemRunPlan | undefined;
}

export type ReadClaim =
  | { readonly ok: true; readonly claim: RunClaim }
  | { readonly ok: false; readonly problem: string };

export function readClaim(params: SystemRunParams): ReadClaim {
  const { systemRunPlan: given, approvalSource: source } = params;
  const parsed = given === undefined || given === null ? undefined : systemRunPlan.safeParse(given);
  if (parsed?.success === false) return problem("systemRunPlan invalid");
  const plan = parsed?.data;
  const known = approvalSources.find((name) => name === source);
  if (source !== undefined && source !== null && known === undefined) {
    return problem("approvalSource invalid");
  }
  const { approvalDecision: decision } = params;
  const explicit =
    params.approved === true || decision === "allow-once" || decision === "allow-always";
  if (known !== undefined && (explicit || (decision !== undefined && decision !== null))) {
    return problem("approvalSource cannot be combined with explicit approval");
  }
  const matches = plan !== undefined && isPlanOf(plan, params);
  if (known !== undefined && !matches) {
    return problem("approvalSource requires matching systemRunPlan");
  }
  // Without any plan the gateway's generation decides whether a claim counts.
  if (explicit && plan !== undefined && !matches) {
    return problem("explicit approval requires matching systemRunPlan");
  }
  const claim = {
    approved: explicit || known === "auto-review",
    approvedAlways: decision === "allow-always",
    fallback: known === "ask-fallback",
    plan,
  };
  return { ok: true, claim };
}

function problem(text: string): ReadClaim {
  return { ok: false, problem: text };
}

function isPlanOf(plan: SystemRunPlan, params: SystemRunParams): boolean {
  const { command } = params;
  return (
    plan.argv.length === command.length &&
    plan.argv.every((word, index) => word === command[index]) &&
    (plan.commandText === wordsText(command) || plan.commandText === displayText(command)) &&
    same(plan.cwd, params.cwd) &&
    same(plan.agentId, params.agentId) &&
    same(plan.sessionKey, params.sessionKey)
  );
}

function same(a: string | null | undefined, b: string | null | undefined): boolean {
  return (a ?? "").trim() === (b ?? "").trim();
}
