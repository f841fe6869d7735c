/** Programs that never run, whatever else a policy says. */
import { printable } from "../lib/display-text.ts";
import { type FindProgram, analyseCommand } from "./analysis.ts";
import type { CommandPlan } from "./command-plan.ts";
import type { EffectivePolicy } from "./effective.ts";
import type { AnalysedCommand } from "./execution.ts";
import { type MatchOptions, findMatch } from "./match-program.ts";
import type { AllowEntry } from "./policy.ts";

export type DenyCheck =
  /** There is no list, so nothing was looked at. */
  | { readonly kind: "no-list" }
  | { readonly kind: "stopped"; readonly why: string }
  /** What was analysed, and has to be what runs: a shell could find another program. */
  | { readonly kind: "passed"; readonly commands: readonly AnalysedCommand[] };

/**
 * Whether the deny list stops a command. What cannot be analysed could hide a denied program, so it
 * is stopped too.
 */
export function checkDenyList(
  plan: CommandPlan,
  find: FindProgram,
  policy: EffectivePolicy,
  options: MatchOptions,
): DenyCheck {
  if (policy.deny.length === 0) return { kind: "no-list" };
  if (!plan.ok) return unclear(plan.reason);
  // Some file systems do not tell case apart; to deny too much is the safe side.
  const anyCase = { ...options, ignoreCase: true };
  const commands: AnalysedCommand[] = [];
  for (const command of plan.commands) {
    const analysis = analyseCommand(command, find);
    if (!analysis.ok) return unclear(analysis.problem);
    commands.push({ command, analysis, runAs: new Map() });
    for (const { facts } of [...analysis.seenThrough, ...analysis.judged]) {
      const rule = policy.deny.find((entry) => findMatch([anywhere(entry)], facts, anyCase));
      if (rule !== undefined) {
        const why = `"${printable(facts.path)}" is on this node's deny list (${printable(rule.pattern)}).`;
        return { kind: "stopped", why };
      }
    }
  }
  return { kind: "passed", commands };
}

/** A name is denied wherever the program is, not only where PATH finds it. */
function anywhere({ pattern }: AllowEntry): AllowEntry {
  return /[/\\~]/.test(pattern) ? { pattern } : { pattern: `**/${pattern}` };
}

function unclear(reason: string): DenyCheck {
  const why = `This node has a deny list, and the command cannot be analysed: ${printable(reason)}.`;
  return { kind: "stopped", why };
}
