/** What is started for a command that was analysed: exactly that, and nothing that looks like it. */
import {
  type CommandAnalysis,
  type FindProgram,
  type MayAssign,
  type NamedProgram,
  analyseCommand,
  refusedAssignment,
} from "./analysis.ts";
import type { CommandPlan, PlannedCommand } from "./command-plan.ts";
import { type ProgramFacts, pinnedPath } from "./match-program.ts";
import { quoteLiteral, serializeWord } from "./serialize.ts";

export type Analysed = Extract<CommandAnalysis, { ok: true }>;

export type Execution =
  /** One command, started without a shell. */
  | { readonly kind: "argv"; readonly program: string; readonly argv: readonly string[] }
  /** Text for `/bin/sh -c`, written from the analysed words. */
  | { readonly kind: "shell"; readonly text: string };

export interface AnalysedCommand {
  readonly command: PlannedCommand;
  readonly analysis: Analysed;
  /** The path that a rule vouches for, by the place of the program's name. */
  readonly runAs: ReadonlyMap<number, string>;
}

/** All commands of a plan, by the programs that they would start; undefined when one is not clear. */
export function analysePlan(
  plan: CommandPlan,
  find: FindProgram,
  mayAssign: MayAssign,
): readonly AnalysedCommand[] | undefined {
  if (!plan.ok) return undefined;
  const commands: AnalysedCommand[] = [];
  for (const command of plan.commands) {
    const analysis = refusedAssignment(command, mayAssign) ?? analyseCommand(command, find);
    if (!analysis.ok) return undefined;
    commands.push({ command, analysis, runAs: new Map() });
  }
  return commands;
}

export function executionOf(commands: readonly AnalysedCommand[]): Execution {
  const [only, second] = commands;
  if (only !== undefined && second === undefined && only.command.redirections.length === 0) {
    const argv = literalArgv(only);
    if (argv !== undefined) return argv;
  }
  return { kind: "shell", text: commands.map(shellText).join(" ") };
}

/** Every program that is about to run, to be compared once more right before it does. */
export function programsOf(commands: readonly AnalysedCommand[]): readonly ProgramFacts[] {
  return commands.flatMap(({ analysis }) => programsIn(analysis).map(({ facts }) => facts));
}

function literalArgv(analysed: AnalysedCommand): Execution | undefined {
  const { command, analysis } = analysed;
  const words = command.words.map((word) => word.literal);
  const [first] = programsIn(analysis);
  if (first === undefined || words.some((word) => word === undefined)) return undefined;
  if (command.assignments.length > 0) return undefined;
  const argv = words.map((word, index) => {
    // The first keeps the name that it was called by; it may behave by that.
    const program = index === 0 ? undefined : programAt(analysis, index);
    return program === undefined ? (word ?? "") : pathOf(analysed, program);
  });
  return { kind: "argv", program: pathOf(analysed, first), argv };
}

function shellText(analysed: AnalysedCommand): string {
  const { command, analysis } = analysed;
  const words = command.words.map((word, index) => {
    const program = programAt(analysis, index);
    if (program !== undefined) return quoteLiteral(pathOf(analysed, program));
    // An inert builtin has no program; its bare name is the builtin.
    return index === 0 && word.literal !== undefined ? word.literal : serializeWord(word);
  });
  const joint = command.joint === "first" ? [] : [command.joint];
  const variables = command.assignments.map(({ name, value }) => `${name}=${quoteLiteral(value)}`);
  return [...joint, ...variables, ...words, ...command.redirections].join(" ");
}

function pathOf({ runAs }: AnalysedCommand, { at, facts }: NamedProgram): string {
  return runAs.get(at) ?? pinnedPath(facts);
}

function programAt(analysis: Analysed, at: number): NamedProgram | undefined {
  return programsIn(analysis).find((program) => program.at === at);
}

function programsIn({ judged, seenThrough }: Analysed): readonly NamedProgram[] {
  return [...seenThrough, ...judged].toSorted((a, b) => a.at - b.at);
}
