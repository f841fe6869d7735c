/** An approval's binding, with the files looked at as they are now. */
import { resolve } from "node:path";

import { type RunBinding, bindingOf } from "../approvals/run-binding.ts";
import type { RunQuestion } from "../approvals/decide.ts";
import type { JudgeOptions } from "../approvals/judgement.ts";
import type { ProgramFacts } from "../approvals/match-program.ts";
import type { FileFacts, Files } from "../platform/ports.ts";
import type { MutableFileOperand } from "../protocol/run-plan.ts";

/** The part of an assessed run that an approval is bound to. */
export interface BindableRun {
  readonly question: Pick<RunQuestion, "plan" | "find">;
  /** Where its programs start, with a leading `cd` done. */
  readonly cwd: string;
  readonly options: Pick<JudgeOptions, "mayAssign">;
}

export interface BoundFile {
  readonly path: string;
  readonly facts: FileFacts | undefined;
}

export interface BoundRun {
  readonly argv: readonly string[];
  /** Every program that would run, and which file it is. */
  readonly programs: readonly BoundFile[];
  readonly operand: MutableFileOperand | undefined;
}

/** A program of more than this is known by its inode and time of change alone. Bytes. */
const largestProgram = 1_048_576;
/** What a person approved without reading is no script. Bytes. */
const largestScript = 16_777_216;

export function bindRun(
  files: Files,
  run: BindableRun,
  argv: readonly string[],
): { readonly ok: true; readonly bound: BoundRun } | Extract<RunBinding, { ok: false }> {
  const { plan, find } = run.question;
  const binding = bindingOf(argv, plan, find, run.options.mayAssign);
  if (!binding.ok) return binding;
  const { script } = binding;
  const programs = binding.programs.map((program) => boundFile(files, program));
  const isProgram = script?.argvIndex === 0;
  if (script === undefined)
    return { ok: true, bound: { argv: binding.argv, programs, operand: undefined } };
  const path = resolve(run.cwd, script.path);
  const facts = followed(files, path);
  const tooLarge = (facts?.size ?? 0) > (isProgram ? largestProgram : largestScript);
  if (isProgram && tooLarge) {
    return { ok: true, bound: { argv: binding.argv, programs, operand: undefined } };
  }
  if (facts?.kind !== "file" || tooLarge) {
    return { ok: false, problem: "cannot safely bind this interpreter/runtime command" };
  }
  const sha256 = digestOf(files, path, facts.size);
  if (sha256 === undefined) return { ok: false, problem: "requires a stable executable path" };
  const operand = { argvIndex: script.argvIndex, path, sha256 };
  return { ok: true, bound: { argv: binding.argv, programs, operand } };
}

/** Whether the very same files are meant, unchanged. */
export function samePrograms(then: readonly BoundFile[], now: readonly BoundFile[]): boolean {
  return (
    then.length === now.length &&
    then.every(({ path, facts }, index) => {
      const other = now[index];
      return (
        facts !== undefined &&
        path === other?.path &&
        facts.device === other.facts?.device &&
        facts.inode === other.facts.inode &&
        facts.size === other.facts.size &&
        facts.changedAtMs === other.facts.changedAtMs
      );
    })
  );
}

export function boundFile(files: Files, { path }: ProgramFacts): BoundFile {
  return { path, facts: followed(files, path) };
}

function followed(files: Files, path: string): FileFacts | undefined {
  const real = files.realPath(path);
  return real === undefined ? undefined : files.stat(real, false);
}

/** A program that may be run and not read has no digest. */
function digestOf(files: Files, path: string, bytes: number): string | undefined {
  try {
    return files.digest(path, bytes);
  } catch {
    return undefined;
  }
}
