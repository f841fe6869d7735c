/** Whether an allowlist covers a planned command, and if not, what would. */
import { printable } from "../lib/display-text.ts";
import type { FindProgram } from "./analysis.ts";
import type { CommandPlan } from "./command-plan.ts";
import type { EffectivePolicy } from "./effective.ts";
import type { AnalysedCommand } from "./execution.ts";
import { isInterpreter, isMultiCall } from "./program-kinds.ts";
import { type JudgeOptions, judge } from "./judgement.ts";
import type { ProgramFacts } from "./match-program.ts";
import {
  type Miss,
  type UncoveredProgram,
  commandText,
  notAllowed,
  notAnalysed,
  withoutLimits,
} from "./miss.ts";

export type Coverage =
  | {
      readonly ok: true;
      readonly commands: readonly AnalysedCommand[];
      /** The rule of each program that has one, in order. */
      readonly rules: readonly string[];
    }
  | {
      readonly ok: false;
      readonly miss: Miss;
      /** Entries that would cover it; none for what an allowlist cannot cover. */
      readonly learn: readonly string[];
    };

export function coverageOf(
  plan: CommandPlan,
  find: FindProgram,
  policy: EffectivePolicy,
  options: JudgeOptions,
): Coverage {
  if (!plan.ok) return { ok: false, miss: opaque(plan.reason), learn: [] };
  const commands: AnalysedCommand[] = [];
  const rules: string[] = [];
  const uncovered: UncoveredProgram[] = [];
  for (const [index, judged] of judge(plan.commands, find, policy, options).entries()) {
    const { command, analysis, programs } = judged;
    if (!analysis.ok) {
      const text = commandText(command);
      const miss = notAnalysed(analysis.problem, analysis.remedy, { command: index, text });
      return { ok: false, miss, learn: [] };
    }
    const runAs = new Map(programs.map(({ program, runAs: path }) => [program.at, path]));
    commands.push({ command, analysis, runAs });
    for (const program of programs) {
      if (program.rule !== undefined) rules.push(program.rule);
      else uncovered.push({ judged: program, command: index, text: commandText(command) });
    }
  }
  if (uncovered.length === 0) return { ok: true, commands, rules };
  return { ok: false, miss: notAllowed(uncovered, policy), learn: learnable(uncovered) };
}

function opaque(reason: string): Miss {
  return notAnalysed(
    `The shell text is not covered by an allowlist: ${printable(reason)}`,
    "Send simple commands with literal words, joined by &&, ||, ; or |, or a script of your own that is allowed by its path.",
  );
}

/**
 * What an operator may allow for good: nothing at all where one of the programs runs whatever it is
 * told to, because an entry for it would allow everything.
 */
function learnable(uncovered: readonly UncoveredProgram[]): readonly string[] {
  const files = withoutLimits(uncovered).map(({ facts }) => lastingPattern(facts));
  const known = files.filter((path) => path !== undefined);
  return known.length < files.length ? [] : [...new Set(known)];
}

/**
 * The entry that an approval for good makes: it names the file, not a link to it that could lead
 * elsewhere tomorrow. Undefined for what runs whatever it is told to, and where the path would mean
 * more than the one file as a pattern.
 */
export function lastingPattern({ path, realPath }: ProgramFacts): string | undefined {
  if ([path, realPath].some((one) => isInterpreter(one))) return undefined;
  const file = isMultiCall(realPath) ? path : realPath;
  return /[*?]|^\s|\s$/.test(file) ? undefined : file;
}
