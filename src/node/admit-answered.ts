/** A run that this machine's owner was asked about is decided again, from the top. */
import {
  type ApprovedRun,
  type LastingApproval,
  approvedRun,
  executionText,
  lastingApproval,
  samePrograms,
} from "../approvals/approved-run.ts";
import { type Decision, decide } from "../approvals/decide.ts";
import { type EffectivePolicy, unansweredPolicy } from "../approvals/effective.ts";
import type { ProgramFacts } from "../approvals/match-program.ts";
import type { Files } from "../platform/ports.ts";
import { formatDuration } from "../lib/duration.ts";
import { printable } from "../lib/display-text.ts";
import {
  type Admission,
  type AdmitPorts,
  type Admitted,
  type AssessedRun,
  type RunSettings,
  admit,
  assessRun,
  noScreen,
} from "./admit-run.ts";
import { currentPolicy } from "./current-policy.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { type Witness, recheckRun, sameWitness, witnessOf } from "./recheck-run.ts";
import type { RunRequest } from "./run-request.ts";

/** What a person sees and decides about. */
export interface ShownRun {
  readonly agent: string;
  readonly command: string;
  readonly cwd: string;
  readonly programs: readonly ProgramFacts[];
  /** Those files, and the script that they run, as they were. */
  readonly witness: Witness;
  /** Lines that say why it is not simply run. */
  readonly why: readonly string[];
}

/** Undefined where nobody can be asked: there is no such program, or nothing to be decided. */
export function shownRun(
  ports: AdmitPorts,
  settings: RunSettings,
  request: RunRequest,
): ShownRun | undefined {
  const current = currentPolicy(ports.approvals, request.agentId);
  if (!current.ok || request.needsScreenRecording) return undefined;
  const { policy } = current;
  const run = assessRun(ports, settings, request, policy);
  const approved = run.ok ? toApprove(run, request, policy) : undefined;
  if (!run.ok || approved === undefined) return undefined;
  const decision = decide({ ...run.question, approved: false }, policy, run.options);
  const why = decision.allow ? [] : explanationOf(decision);
  return { agent: policy.agent, ...partsOf(ports.files, request, run, approved), why };
}

export type AllowedAdmission = (Admitted & { readonly lasting: LastingApproval }) | Refusal;

/** The owner allowed what was shown. The policy goes before that, and only what was shown runs. */
export function admitAllowed(
  ports: AdmitPorts,
  settings: RunSettings,
  request: RunRequest,
  shown: ShownRun,
): AllowedAdmission {
  const current = currentPolicy(ports.approvals, request.agentId);
  if (!current.ok) return current;
  const { policy } = current;
  const run = assessRun(ports, settings, request, policy);
  if (!run.ok) return run;
  const question = { ...run.question, approved: true, approvalsTrusted: true };
  const decision = decide(question, policy, run.options);
  if (!decision.allow) {
    const { code, message, reason } = decision;
    const wireCode = code === "security-deny" ? "UNAVAILABLE" : settings.gateway().denialCode;
    return { ...refuse({ ok: false, code: wireCode, message }, reason), code };
  }
  if (request.needsScreenRecording) return noScreen();
  const checks = { run, question, policyOf: (kept: EffectivePolicy) => kept };
  if (decision.because !== "approved") {
    const problem = "the policy allows it by now";
    const recheck = (): Refusal | undefined =>
      recheckRun(ports, settings.gateway().denialCode, request, checks);
    return { ...admit(run, request, decision, policy), recheck, lasting: { ok: false, problem } };
  }
  const { plan, find } = run.question;
  const lasting = lastingApproval(plan, find, policy, run.options);
  const approved = toApprove(run, request, policy);
  const now = approved && partsOf(ports.files, request, run, approved);
  if (
    approved === undefined ||
    now?.command !== shown.command ||
    now.cwd !== shown.cwd ||
    !samePrograms(now.programs, shown.programs) ||
    !sameWitness(shown.witness, now.witness)
  ) {
    return required(settings, "changed", [
      "SYSTEM_RUN_DENIED: it changed while it was waiting for approval",
      "What would run now is not what was shown; ask again.",
    ]);
  }
  const { execution, programs } = approved;
  const { cwd } = now;
  const { agent } = policy;
  const common = { ok: true, env: run.env, agent, used: [], remembered: undefined } as const;
  const { witness } = shown;
  const recheck = (): Refusal | undefined =>
    recheckRun(ports, settings.gateway().denialCode, request, {
      ...checks,
      approved: { programs, witness },
    });
  return { ...common, execution, programs, cwd, lasting, recheck };
}

/** Nobody answered in time: `askFallback` decides. */
export function admitUnanswered(
  ports: AdmitPorts,
  settings: RunSettings,
  request: RunRequest,
  afterMs: number,
): Admission {
  const current = currentPolicy(ports.approvals, request.agentId);
  if (!current.ok) return current;
  const { askFallback, security } = current.policy;
  const policy = unansweredPolicy(current.policy);
  const unanswered = (lines: readonly string[]): Refusal =>
    required(settings, "unanswered", [
      `SYSTEM_RUN_DENIED: nobody answered within ${formatDuration(afterMs)}`,
      ...lines,
    ]);
  if (policy.security.value === "deny" && security.value !== "deny") {
    const source = printable(askFallback.source);
    return unanswered([`Then nothing runs on this node (askFallback deny, from ${source}).`]);
  }
  const run = assessRun(ports, settings, request, policy);
  if (!run.ok) return run;
  const decision = decide(run.question, policy, run.options);
  if (!decision.allow) {
    const { code, message, reason } = decision;
    if (code === "allowlist-miss") return unanswered(explanationOf(decision));
    const wireCode = code === "security-deny" ? "UNAVAILABLE" : settings.gateway().denialCode;
    return { ...refuse({ ok: false, code: wireCode, message }, reason), code };
  }
  if (request.needsScreenRecording) return noScreen();
  const recheck = (): Refusal | undefined =>
    recheckRun(ports, settings.gateway().denialCode, request, {
      run,
      question: run.question,
      policyOf: unansweredPolicy,
    });
  return { ...admit(run, request, decision, policy), recheck };
}

/** A refusal in the owner's name; gateways know `approval-required` as its reason. */
export function required(settings: RunSettings, code: string, lines: readonly string[]): Refusal {
  const message = lines.join("\n");
  const outcome = { ok: false, code: settings.gateway().denialCode, message } as const;
  return { ...refuse(outcome, "approval-required"), code };
}

function toApprove(
  { question, options }: AssessedRun,
  request: RunRequest,
  policy: EffectivePolicy,
): ApprovedRun | undefined {
  return approvedRun(request.argv, question.plan, question.find, policy, options);
}

function partsOf(
  files: Files,
  { argv }: RunRequest,
  run: AssessedRun,
  { asSent, execution, programs }: ApprovedRun,
): Pick<ShownRun, "command" | "cwd" | "programs" | "witness"> {
  const witness = witnessOf(files, run, argv, programs);
  const cwd = asSent ? run.asked : run.cwd;
  // A link could lead elsewhere by the time of the answer.
  return { command: executionText(execution), cwd: files.realPath(cwd) ?? cwd, programs, witness };
}

function explanationOf({ message }: Extract<Decision, { allow: false }>): readonly string[] {
  return message.split("\n").slice(1);
}
