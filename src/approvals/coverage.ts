/** Whether an allowlist covers a planned command, and if not, what would. */
import { printable, shellQuote } from "../lib/display-text.ts";
import type { FindProgram, NamedProgram } from "./analysis.ts";
import type { CommandPlan } from "./command-plan.ts";
import type { EffectivePolicy } from "./effective.ts";
import type { AnalysedCommand } from "./execution.ts";
import { isInterpreter, isMultiCall } from "./program-kinds.ts";
import { judge } from "./judgement.ts";
import type { MatchOptions, ProgramFacts } from "./match-program.ts";

export type Coverage =
  | {
      readonly ok: true;
      readonly commands: readonly AnalysedCommand[];
      /** The rule of each program that has one, in order. */
      readonly rules: readonly string[];
    }
  /** Lines for people: what is not covered, and the remedy. */
  | {
      readonly ok: false;
      readonly miss: readonly string[];
      /** Entries that would cover it; none for what an allowlist cannot cover. */
      readonly learn: readonly string[];
    };

const longestPath = 4096;

export function coverageOf(
  plan: CommandPlan,
  find: FindProgram,
  policy: EffectivePolicy,
  options: MatchOptions,
): Coverage {
  if (!plan.ok) return opaque(plan.reason);
  const commands: AnalysedCommand[] = [];
  const rules: string[] = [];
  const missing: NamedProgram[] = [];
  for (const { command, analysis, programs } of judge(plan.commands, find, policy, options)) {
    if (!analysis.ok)
      return { ok: false, miss: explain(analysis.problem, analysis.remedy), learn: [] };
    const runAs = new Map(programs.map(({ program, runAs: path }) => [program.at, path]));
    commands.push({ command, analysis, runAs });
    for (const { program, rule } of programs) {
      if (rule === undefined) missing.push(program);
      else rules.push(rule);
    }
  }
  return missing.length === 0 ? { ok: true, commands, rules } : notListed(missing, policy);
}

function opaque(reason: string): Coverage {
  return {
    ok: false,
    learn: [],
    miss: [
      `The shell text is not covered by an allowlist: ${printable(reason)}.`,
      "Send simple commands with literal words, joined by &&, ||, ; or |, or a script of your own that is allowed by its path.",
    ],
  };
}

/**
 * What an operator may allow for good: nothing at all where one of the programs runs whatever it is
 * told to, because an entry for it would allow everything.
 */
function learnable(missing: readonly NamedProgram[]): readonly string[] {
  const interpreted = missing.some(({ facts }) =>
    [facts.path, facts.realPath].some((path) => isInterpreter(path)),
  );
  // As a pattern these would mean more than the one file.
  const files = missing.map(({ facts }) => lasting(facts));
  const ambiguous = files.some((path) => /[*?]|^\s|\s$/.test(path));
  return interpreted || ambiguous ? [] : [...new Set(files)];
}

/** What was approved is the file, not a link to it that could lead elsewhere tomorrow. */
function lasting({ path, realPath }: ProgramFacts): string {
  return isMultiCall(realPath) ? path : realPath;
}

function explain(problem: string, remedy: string | undefined): readonly string[] {
  const line = `${printable(problem, longestPath)}.`;
  return remedy === undefined ? [line] : [line, remedy];
}

/** A word to copy; what would forge further lines is shown and not copied. */
function shellWord(text: string): string {
  return shellQuote(printable(text, longestPath));
}

function notListed(missing: readonly NamedProgram[], policy: EffectivePolicy): Coverage {
  const { agent, security } = policy;
  const paths = [...new Set(missing.map(({ facts }) => facts.path))];
  const names = paths.map((path) => `"${printable(path, longestPath)}"`).join(", ");
  const verb = paths.length === 1 ? "is" : "are";
  return {
    ok: false,
    learn: learnable(missing),
    miss: [
      `${names} ${verb} not on the allowlist of agent "${printable(agent)}" on this node (security allowlist, from ${printable(security.source)}).`,
      ...paths.map(
        (path) =>
          `Allow it on the node with: clawdbot approvals allowlist add ${shellWord(path)} --agent ${shellWord(agent)}`,
      ),
    ],
  };
}
