/**
 * What an approval of a command is bound to: its words, the programs that they mean, and one file
 * of program text. What cannot be bound cannot be approved, because something else could run.
 */
import type { FindProgram, MayAssign } from "./analysis.ts";
import type { CommandPlan } from "./command-plan.ts";
import { type AnalysedCommand, analysePlan, programsOf } from "./execution.ts";
import { type ProgramFacts, pinnedPath } from "./match-program.ts";
import { kindOf } from "./program-kinds.ts";
import { scriptUse } from "./script-operand.ts";
import { wrappedText } from "./shell-wrapper.ts";

export interface ScriptOperand {
  /** Place among the words of the request; the shell text's, where it stands in one. */
  readonly argvIndex: number;
  /** As the command names it, relative to the directory in which it runs. */
  readonly path: string;
}

export type RunBinding =
  | {
      readonly ok: true;
      /** The words that run; the program by its path. */
      readonly argv: readonly string[];
      readonly programs: readonly ProgramFacts[];
      readonly script: ScriptOperand | undefined;
    }
  /** In the words of OpenClaw's own node host, behind "approval ". */
  | { readonly ok: false; readonly problem: string };

const interpreter = "cannot safely bind this interpreter/runtime command";
const codeLoading = "cannot safely bind runtime code-loading or cwd options";

export function bindingOf(
  argv: readonly string[],
  plan: CommandPlan,
  find: FindProgram,
  mayAssign: MayAssign,
): RunBinding {
  return wrappedText(argv) === undefined
    ? argvBinding(argv, plan, find, mayAssign)
    : textBinding(argv, plan, find, mayAssign);
}

function argvBinding(
  argv: readonly string[],
  plan: CommandPlan,
  find: FindProgram,
  mayAssign: MayAssign,
): RunBinding {
  const [name = "", ...args] = argv;
  const program = find(name);
  if (program === undefined) return refuse("requires a stable executable path");
  const path = pinnedPath(program);
  const words = [path, ...args];
  const kind = kindOf([name, program.path], program.realPath);
  const use = scriptUse([name, program.path, program.realPath], args);
  if (use.kind === "unclear") return refuse(codeLoading);
  if (use.kind === "file") {
    const script = { argvIndex: use.at + 1, path: args[use.at] ?? "" };
    return { ok: true, argv: words, programs: [program], script };
  }
  // A shell without a script reads standard input, which is empty; a text of its own was unclear.
  if (kind === "shell") return { ok: true, argv: words, programs: [program], script: undefined };
  const commands = analysePlan(plan, find, mayAssign);
  if (commands === undefined) return refuse(interpreter);
  // A program may start another one: `timeout 60 python3 deploy.py`.
  const scripts = scriptsIn(commands, (at) => at);
  if (scripts === undefined) return refuse(codeLoading);
  const [script = { argvIndex: 0, path }, second] = scripts;
  if (second !== undefined) return refuse(interpreter);
  return { ok: true, argv: words, programs: programsOf(commands), script };
}

function textBinding(
  argv: readonly string[],
  plan: CommandPlan,
  find: FindProgram,
  mayAssign: MayAssign,
): RunBinding {
  const commands = analysePlan(plan, find, mayAssign);
  if (commands === undefined) return refuse(interpreter);
  const scripts = scriptsIn(commands, () => argv.length - 1);
  if (scripts === undefined) return refuse(codeLoading);
  const [script, second] = scripts;
  if (second !== undefined) return refuse(interpreter);
  return { ok: true, argv, programs: programsOf(commands), script };
}

/** The scripts of all programs that would start; undefined where what one of them runs is not clear. */
function scriptsIn(
  commands: readonly AnalysedCommand[],
  /** From a place among the words of a command to one among the words of the request. */
  placeOf: (at: number) => number,
): readonly ScriptOperand[] | undefined {
  const scripts: ScriptOperand[] = [];
  for (const { analysis } of commands) {
    for (const { name, facts, at, args } of analysis.judged) {
      // Arguments that another program adds are not known.
      const words = args?.map((word) => word.literal) ?? [undefined];
      const use = scriptUse([name, facts.path, facts.realPath], words);
      if (use.kind === "unclear") return undefined;
      if (use.kind !== "file") continue;
      scripts.push({ argvIndex: placeOf(at + 1 + use.at), path: words[use.at] ?? "" });
    }
  }
  return scripts;
}

function refuse(problem: string): RunBinding {
  return { ok: false, problem };
}
