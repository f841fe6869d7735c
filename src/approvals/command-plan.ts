/** From what a request says to the simple commands that would run. */
import { literalWord, type Joint, type SimpleCommand, type Word } from "./shell-text.ts";
import { readShellText } from "./shell-lexer.ts";
import { activeBuiltins, evaluatingBuiltins, inertBuiltins } from "./shell-words.ts";
import { wrappedText } from "./shell-wrapper.ts";

export interface PlannedCommand extends SimpleCommand {
  readonly joint: Joint;
  /** A builtin without any effect but its output and exit code. */
  readonly inert: boolean;
}

export interface PlannedDirectory {
  readonly path: string;
  /** It was written as `~/…`: the path begins at the home directory. */
  readonly fromHome: boolean;
}

export type CommandPlan =
  | {
      readonly ok: true;
      /** Named by a leading `cd DIRECTORY &&` or `cd DIRECTORY ;`. */
      readonly directory: PlannedDirectory | undefined;
      readonly commands: readonly PlannedCommand[];
    }
  | { readonly ok: false; readonly reason: string };

export function planCommand(argv: readonly string[]): CommandPlan {
  const wrapped = wrappedText(argv);
  if (wrapped?.shell === "cmd") return { ok: false, reason: "text for cmd.exe cannot be analysed" };
  if (wrapped !== undefined) return planText(wrapped.text);
  const words = argv.map(literalWord);
  const command: PlannedCommand = {
    joint: "first",
    assignments: [],
    words,
    redirections: [],
    inert: false,
  };
  return { ok: true, directory: undefined, commands: [command] };
}

function planText(text: string): CommandPlan {
  const read = readShellText(text);
  if (!read.ok) return read;
  const commands = read.steps.map(({ joint, command }): PlannedCommand => ({
    joint,
    ...command,
    inert: false,
  }));
  const [first, second] = commands;
  const directory = first === undefined ? undefined : changedDirectory(first, second);
  const rest = directory === undefined ? commands : commands.slice(1).map(asFirst);
  const planned: PlannedCommand[] = [];
  for (const command of rest) {
    const name = command.words[0]?.literal ?? "";
    if (activeBuiltins.has(name)) {
      return {
        ok: false,
        reason: `"${name}" is a builtin of the shell that changes what other words mean`,
      };
    }
    if (evaluatingBuiltins.has(name) && command.words.slice(1).some(mayBeEvaluated)) {
      return {
        ok: false,
        reason: `"${name}" is a builtin of the shell that can run its arguments`,
      };
    }
    // Before some builtins a variable stays set.
    const inert =
      inertBuiltins.has(name) &&
      command.assignments.length === 0 &&
      command.words.every((word) => word.literal !== undefined);
    planned.push({ ...command, inert });
  }
  // Something has to be decided about: a lone echo is looked up as the program of that name.
  const alone = planned.every(({ inert }) => inert);
  const decided = alone ? planned.map((command) => ({ ...command, inert: false })) : planned;
  return { ok: true, directory, commands: decided };
}

/** `printf -v 'a[$(id)]'` and `test -v 'a[$(id)]'` run what stands in the brackets. */
function mayBeEvaluated({ literal }: Word): boolean {
  return literal === undefined || literal === "-v" || literal.includes("[");
}

/** `cd /some/where && …`: the directory for everything behind it. */
function changedDirectory(
  first: PlannedCommand,
  second: PlannedCommand | undefined,
): PlannedDirectory | undefined {
  const [name, target, ...more] = first.words;
  if (name?.literal !== "cd" || target === undefined || more.length > 0) return undefined;
  // Nothing is started where the directory is missing, so a semicolon means no more than `&&`.
  if (second?.joint !== "&&" && second?.joint !== ";") return undefined;
  if (first.redirections.length > 0 || first.assignments.length > 0) return undefined;
  if (target.literal !== undefined) {
    const plain = target.literal !== "" && !target.literal.startsWith("-");
    return plain ? { path: target.literal, fromHome: false } : undefined;
  }
  const [tilde, rest, ...others] = target.parts;
  if (tilde?.kind !== "pattern" || tilde.text !== "~" || others.length > 0) return undefined;
  if (rest === undefined) return { path: "", fromHome: true };
  return rest.kind === "literal" ? { path: rest.text.slice(1), fromHome: true } : undefined;
}

function asFirst(command: PlannedCommand, index: number): PlannedCommand {
  return index === 0 ? { ...command, joint: "first" } : command;
}
