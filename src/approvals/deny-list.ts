/** Programs that never run, whatever else a policy says. */
import { printable, shellQuote } from "../lib/display-text.ts";
import type { AllowEntry } from "./allow-entries.ts";
import { type FindProgram, analyseCommand, refusedAssignment } from "./analysis.ts";
import type { CommandPlan } from "./command-plan.ts";
import type { EffectivePolicy } from "./effective.ts";
import type { AnalysedCommand } from "./execution.ts";
import type { JudgeOptions } from "./judgement.ts";
import { namesProgram } from "./match-program.ts";
import { type Fault, commandText } from "./miss.ts";

export type DenyCheck =
  /** There is no list, so nothing was looked at. */
  | { readonly kind: "no-list" }
  | {
      readonly kind: "stopped";
      readonly why: string;
      readonly fault: Fault;
      /** Commands with which the owner of this machine would lift it. */
      readonly allowWith: readonly string[];
    }
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
  options: JudgeOptions,
): DenyCheck {
  if (policy.deny.length === 0) return { kind: "no-list" };
  if (!plan.ok) return unclear(plan.reason);
  // Some file systems do not tell case apart; to deny too much is the safe side.
  const anyCase = { ...options, ignoreCase: true };
  const commands: AnalysedCommand[] = [];
  for (const [index, command] of plan.commands.entries()) {
    const analysis = refusedAssignment(command, options.mayAssign) ?? analyseCommand(command, find);
    const place = () => ({ command: index, text: commandText(command) });
    if (!analysis.ok) return unclear(analysis.problem, place());
    commands.push({ command, analysis, runAs: new Map() });
    for (const { facts } of [...analysis.seenThrough, ...analysis.judged]) {
      const rule = policy.deny.find((entry) => namesProgram(anywhere(entry), facts, anyCase));
      if (rule !== undefined) {
        const why = `"${printable(facts.path)}" is on this node's deny list (${printable(rule.pattern)}).`;
        const remove = `clawdbot approvals deny remove ${shellQuote(printable(rule.pattern))}`;
        const fault = { ...place(), path: facts.path, problem: "on the deny list" };
        return { kind: "stopped", why, fault, allowWith: [remove] };
      }
    }
  }
  return { kind: "passed", commands };
}

/** A name is denied wherever the program is, not only where PATH finds it. */
function anywhere({ pattern }: AllowEntry): AllowEntry {
  return /[/\\~]/.test(pattern) ? { pattern } : { pattern: `**/${pattern}` };
}

function unclear(reason: string, place: Pick<Fault, "command" | "text"> = {}): DenyCheck {
  const why = `This node has a deny list, and the command cannot be analysed: ${printable(reason)}.`;
  return { kind: "stopped", why, fault: { ...place, problem: reason }, allowWith: [] };
}
