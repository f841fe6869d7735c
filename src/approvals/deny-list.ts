/** Programs that never run, whatever else a policy says. */
import { printable } from "../lib/display-text.ts";
import { type FindProgram, analyseCommand } from "./analysis.ts";
import type { CommandPlan } from "./command-plan.ts";
import type { EffectivePolicy } from "./effective.ts";
import { type MatchOptions, findMatch } from "./match-program.ts";
import type { AllowEntry } from "./policy.ts";

/**
 * Why the deny list stops a command; undefined when it does not. What cannot be analysed could hide
 * a denied program, so it is stopped too. Without a list nothing is looked at.
 */
export function stoppedBy(
  plan: CommandPlan,
  find: FindProgram,
  policy: EffectivePolicy,
  options: MatchOptions,
): string | undefined {
  if (policy.deny.length === 0) return undefined;
  if (!plan.ok) return unclear(plan.reason);
  for (const command of plan.commands) {
    const analysis = analyseCommand(command, find);
    if (!analysis.ok) return unclear(analysis.problem);
    for (const { facts } of [...analysis.seenThrough, ...analysis.judged]) {
      const rule = policy.deny.find((entry) => findMatch([anywhere(entry)], facts, options));
      if (rule !== undefined) {
        return `"${printable(facts.path)}" is on this node's deny list (${printable(rule.pattern)}).`;
      }
    }
  }
  return undefined;
}

/** A name is denied wherever the program is, not only where PATH finds it. */
function anywhere({ pattern }: AllowEntry): AllowEntry {
  return /[/\\~]/.test(pattern) ? { pattern } : { pattern: `**/${pattern}` };
}

function unclear(reason: string): string {
  return `This node has a deny list, and the command cannot be analysed: ${printable(reason)}.`;
}
