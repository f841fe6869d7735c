/** What a policy says of every program of a plan, one by one. */
import {
  type CommandAnalysis,
  type FindProgram,
  type NamedProgram,
  analyseCommand,
} from "./analysis.ts";
import type { PlannedCommand } from "./command-plan.ts";
import type { EffectivePolicy } from "./effective.ts";
import { type MatchOptions, matchProgram, pinnedPath } from "./match-program.ts";
import { isSafeBin } from "./safe-bins.ts";

export interface JudgedProgram {
  readonly program: NamedProgram;
  /** What allows it: an entry's pattern, or `safe bin NAME`; undefined: nothing does. */
  readonly rule: string | undefined;
  /** The path that the rule vouches for. */
  readonly runAs: string;
}

export interface JudgedCommand {
  readonly command: PlannedCommand;
  readonly analysis: CommandAnalysis;
  /** Empty where the analysis failed, and for inert builtins. */
  readonly programs: readonly JudgedProgram[];
}

export function judge(
  commands: readonly PlannedCommand[],
  find: FindProgram,
  policy: EffectivePolicy,
  options: MatchOptions,
): JudgedCommand[] {
  return commands.map((command) => {
    const analysis = analyseCommand(command, find);
    const judged = analysis.ok ? analysis.judged : [];
    const programs = judged.map((program) => judgeProgram(program, policy, options));
    return { command, analysis, programs };
  });
}

function judgeProgram(
  program: NamedProgram,
  policy: EffectivePolicy,
  options: MatchOptions,
): JudgedProgram {
  const match = matchProgram(policy.allowlist, program.facts, options);
  if (match !== undefined) return { program, rule: match.entry.pattern, runAs: match.runAs };
  const args = program.args.map((word) => word.literal);
  const literal = args.filter((arg) => arg !== undefined);
  const safe = literal.length === args.length && isSafeBin({ ...program.facts, args: literal });
  const rule = safe ? `safe bin ${program.name}` : undefined;
  return { program, rule, runAs: pinnedPath(program.facts) };
}
