/** What a policy says of every program of a plan, one by one. */
import type { AllowEntry } from "./allow-entries.ts";
import { describeEntry } from "./allow-entries.ts";
import {
  type CommandAnalysis,
  type FindProgram,
  type MayAssign,
  type NamedProgram,
  analyseCommand,
  refusedAssignment,
} from "./analysis.ts";
import type { PlannedCommand } from "./command-plan.ts";
import type { EffectivePolicy } from "./effective.ts";
import { inlineEvalBy } from "./inline-eval.ts";
import { type MatchOptions, matchProgram, pinnedPath } from "./match-program.ts";
import { isSafeBin } from "./safe-bins.ts";
import { type FindSkill, isSkillProgram } from "./skill-programs.ts";

export interface JudgeOptions extends MatchOptions {
  readonly mayAssign: MayAssign;
  /** Undefined: nothing is known of skills. */
  readonly findSkill?: FindSkill | undefined;
  /** Program text for an interpreter has to be approved, whatever the allowlist says. */
  readonly strictInlineEval?: boolean;
}

export interface JudgedProgram {
  readonly program: NamedProgram;
  /** What allows it: an entry, `safe bin NAME` or `skill NAME`; undefined: nothing does. */
  readonly rule: string | undefined;
  /** The path that the rule vouches for. */
  readonly runAs: string;
  /** An entry that names it, and is for other arguments. */
  readonly near?: AllowEntry;
  /** The interpreter that is handed program text, where that has to be approved. */
  readonly inlineEval?: string;
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
  options: JudgeOptions,
): JudgedCommand[] {
  const bounded = { ...options, steps: { left: mostSteps } };
  return commands.map((command) => {
    const analysis = refusedAssignment(command, options.mayAssign) ?? analyseCommand(command, find);
    const judged = analysis.ok ? analysis.judged : [];
    const programs = judged.map((program) => judgeProgram(program, policy, bounded));
    return { command, analysis, programs };
  });
}

/** Of all expressions on arguments: enough for hundreds of entries, over in some 10 ms. */
const mostSteps = 500_000;

function judgeProgram(
  program: NamedProgram,
  policy: EffectivePolicy,
  options: JudgeOptions,
): JudgedProgram {
  const { name, facts } = program;
  const none = { program, rule: undefined, runAs: pinnedPath(facts) };
  if (options.strictInlineEval === true) {
    const inlineEval = inlineEvalBy([name, facts.path, facts.realPath], program.args);
    if (inlineEval !== undefined) return { ...none, inlineEval };
  }
  const args = literalArgs(program);
  const match = matchProgram(policy.allowlist, facts, args, options);
  if (match?.kind === "allowed") {
    return { program, rule: describeEntry(match.entry), runAs: match.runAs };
  }
  if (args !== undefined && isSafeBin({ ...facts, args })) {
    return { ...none, rule: `safe bin ${name}` };
  }
  const { findSkill } = options;
  const skills = policy.autoAllowSkills.value ? findSkill : undefined;
  if (skills !== undefined && isSkillProgram(program, skills)) {
    return { ...none, rule: `skill ${name}` };
  }
  return match === undefined ? none : { ...none, near: match.entry };
}

/** Undefined where one of them is known only when the program runs. */
export function literalArgs({ args }: NamedProgram): readonly string[] | undefined {
  const literal = args?.flatMap((word) => (word.literal === undefined ? [] : [word.literal]));
  return literal?.length === args?.length ? literal : undefined;
}
