/** What a policy says of every program of a plan, one by one. */
import {
  type CommandAnalysis,
  type FindProgram,
  type NamedProgram,
  analyseCommand,
} from "./analysis.ts";
import type { PlannedCommand } from "./command-plan.ts";
import type { EffectivePolicy } from "./effective.ts";
import { type MatchOptions, findMatch } from "./match-program.ts";
import { isSafeBin } from "./safe-bins.ts";

export interface JudgedProgram {
  readonly program: NamedProgram;
  /** What allows it: an entry's pattern, or `safe bin NAME`; undefined: nothing does. */
  readonly rule: string | undefined;
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
    const programs = judged.map((program) => ({
      program,
      rule: ruleFor(program, policy, options),
    }));
    return { command, analysis, programs };
  });
}

function ruleFor(
  program: NamedProgram,
  policy: EffectivePolicy,
  options: MatchOptions,
): string | undefined {
  const entry = findMatch(policy.allowlist, program.facts, options);
  if (entry !== undefined) return entry.pattern;
  const args = program.args.map((word) => word.literal);
  const literal = args.filter((arg) => arg !== undefined);
  const known = !program.open && literal.length === args.length;
  const safe = known && isSafeBin({ ...program.facts, args: literal });
  return safe ? `safe bin ${program.name}` : undefined;
}
