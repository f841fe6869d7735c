/** A run that has waited since it was admitted: policy and files may have changed meanwhile. */
import { type RunQuestion, decide } from "../approvals/decide.ts";
import type { EffectivePolicy } from "../approvals/effective.ts";
import type { ProgramFacts } from "../approvals/match-program.ts";
import type { JudgeOptions } from "../approvals/judgement.ts";
import type { Files } from "../platform/ports.ts";
import type { InvokeErrorCode } from "../protocol/node-invoke.ts";
import type { ApprovalsStore } from "../state/approvals-file.ts";
import { type BindableRun, type BoundRun, bindRun, boundFile, samePrograms } from "./bind-run.ts";
import { currentPolicy } from "./current-policy.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { RunRequest } from "./run-request.ts";

/** The files that a person said yes to, and where the words of the request mean files. */
export interface Witness extends Pick<BoundRun, "programs" | "operand"> {
  /** Symbolic links resolved. */
  readonly directories: readonly (string | undefined)[];
}

type PlacedRun = BindableRun & { /** Where it was to run. */ readonly asked: string };

/** The programs, and the script where it is clear which one that is. */
export function witnessOf(
  files: Files,
  run: PlacedRun,
  argv: readonly string[],
  programs: readonly ProgramFacts[],
): Witness {
  const directories = [run.asked, run.cwd].map((path) => files.realPath(path));
  const binding = bindRun(files, run, argv);
  if (binding.ok) return { ...binding.bound, directories };
  const bound = programs.map((program) => boundFile(files, program));
  return { programs: bound, operand: undefined, directories };
}

export function sameWitness(then: Witness, now: Witness): boolean {
  return (
    samePrograms(then.programs, now.programs) &&
    then.directories.every((path, index) => path === now.directories[index]) &&
    then.operand?.path === now.operand?.path &&
    then.operand?.sha256 === now.operand?.sha256
  );
}

export interface Recheck {
  readonly run: PlacedRun & { readonly options: JudgeOptions };
  readonly question: RunQuestion;
  /** What counts of the policy that is there by then. */
  readonly policyOf: (current: EffectivePolicy) => EffectivePolicy;
  /** Undefined: nobody said yes to certain files. */
  readonly approved?: { readonly programs: readonly ProgramFacts[]; readonly witness: Witness };
}

/** Undefined: it may still run. */
export function recheckRun(
  ports: { readonly files: Files; readonly approvals: ApprovalsStore },
  denialCode: InvokeErrorCode,
  request: Pick<RunRequest, "argv" | "agentId">,
  { run, question, policyOf, approved }: Recheck,
): Refusal | undefined {
  const current = currentPolicy(ports.approvals, request.agentId);
  if (!current.ok) return current;
  const decision = decide(question, policyOf(current.policy), run.options);
  if (!decision.allow) {
    const { code, message, reason } = decision;
    const wireCode = code === "security-deny" ? "UNAVAILABLE" : denialCode;
    return { ...refuse({ ok: false, code: wireCode, message }, reason), code };
  }
  if (approved === undefined) return undefined;
  const now = witnessOf(ports.files, run, request.argv, approved.programs);
  if (sameWitness(approved.witness, now)) return undefined;
  const message = `SYSTEM_RUN_DENIED: it changed while it was waiting for its turn\nWhat would run now is not what was approved; ask again.`;
  return {
    ...refuse({ ok: false, code: denialCode, message }, "approval-required"),
    code: "changed",
  };
}
