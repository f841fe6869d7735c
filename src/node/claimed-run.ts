/** Whether an approval that a gateway claims for a run may be believed. */
import type { EffectivePolicy } from "../approvals/effective.ts";
import { snapshotHolds } from "../approvals/policy-snapshot.ts";
import type { Files } from "../platform/ports.ts";
import type { DeniedReason } from "../protocol/system-run.ts";
import { type BindableRun, bindRun, samePrograms } from "./bind-run.ts";
import type { IssuedPlans } from "./issued-plans.ts";
import type { RunRequest } from "./run-request.ts";

export interface ClaimPorts {
  readonly files: Files;
  readonly plans: IssuedPlans;
}

/** Why a claim does not count. */
export type ClaimProblem =
  /** The request itself is wrong. */
  | { readonly kind: "invalid"; readonly message: string }
  | { readonly kind: "denied"; readonly message: string; readonly reason: DeniedReason };

/**
 * Undefined: nothing is wrong with the claim, or there is none. An approval of a plan counts once,
 * only for a plan that this host issued, and only as long as policy and files are what they were.
 */
export function checkClaim(
  { files, plans }: ClaimPorts,
  needsPlan: boolean,
  request: RunRequest,
  /** `asked`: the directory as the request names it. */
  run: BindableRun & { readonly asked: string },
  policy: EffectivePolicy,
): ClaimProblem | undefined {
  const { plan } = request;
  if (!request.approved) return undefined;
  if (plan === undefined) {
    const message = "explicit approval requires matching systemRunPlan";
    return needsPlan ? { kind: "invalid", message } : undefined;
  }
  const { argv, cwd, agentId, sessionKey } = request;
  const key = { argv, cwd, agentId, sessionKey };
  const issued = plans.take(key);
  if (issued.length === 0) {
    return deny(
      "execution plan is not known to this node",
      "It was used already, or the node host has been restarted since; request approval again.",
      "execution-plan-miss",
    );
  }
  const snapshots = issued.map(({ snapshot }) => snapshot);
  if (plan.policySnapshot) snapshots.push(plan.policySnapshot);
  if (!snapshots.every((snapshot) => snapshotHolds(snapshot, policy))) {
    const hint = "The policy of this node was edited after the command was shown.";
    return deny("exec approval policy changed; request approval again", hint, "approval-required");
  }
  if (files.realPath(run.asked) !== run.asked) {
    const hint = "The directory in which it would run is not the one that was shown.";
    return deny("approval cwd changed before execution", hint, "approval-required");
  }
  const now = bindRun(files, run, argv);
  const operands = [plan.mutableFileOperand, ...issued.map(({ bound }) => bound.operand)];
  const wanted = now.ok ? now.bound.operand : undefined;
  if (wanted !== undefined && !plan.mutableFileOperand) {
    const hint = "The gateway sent the plan back without the file that it is bound to.";
    return deny("approval missing script operand binding", hint, "execution-plan-miss");
  }
  if (!now.ok || operands.some((then) => !sameOperand(then, wanted))) {
    const hint = `What stands in the file now was not shown to anybody; request approval again.`;
    return deny("approval script operand changed before execution", hint, "execution-plan-miss");
  }
  if (!issued.every(({ bound }) => samePrograms(bound.programs, now.bound.programs))) {
    const hint = "Another program would run than the one that was shown; request approval again.";
    return deny("approval executable changed before execution", hint, "execution-plan-miss");
  }
  return undefined;
}

function deny(headline: string, hint: string, reason: DeniedReason): ClaimProblem {
  return { kind: "denied", message: `SYSTEM_RUN_DENIED: ${headline}\n${hint}`, reason };
}

interface Operand {
  readonly path: string;
  readonly sha256: string;
}

function sameOperand(then: Operand | null | undefined, now: Operand | undefined): boolean {
  return then?.path === now?.path && then?.sha256 === now?.sha256;
}
