/**
 * What "allow always" means on an OpenClaw Gateway: the same programs with the same arguments in
 * the same directory, and nothing beside them.
 */
import type { FindProgram } from "./analysis.ts";
import { type ArgumentFacts, digestRule } from "./argument-rule.ts";
import type { CommandPlan } from "./command-plan.ts";
import { lastingPattern } from "./coverage.ts";
import type { EntryScope } from "./edit.ts";
import { type EffectivePolicy, everyAgent } from "./effective.ts";
import { type JudgeOptions, type JudgedProgram, judge, literalArgs } from "./judgement.ts";
import { allowsEverything } from "./match-program.ts";

/** One entry that an approval adds. */
export interface Grant extends EntryScope {
  readonly pattern: string;
}

export interface ExactGrant extends Grant {
  readonly argPattern: string;
}

/**
 * The entries that let the same command run without a question: one for every program that the
 * owner's own entries do not allow. Undefined where no entry could, or none is needed.
 */
export function exactApproval(
  plan: CommandPlan,
  find: FindProgram,
  policy: EffectivePolicy,
  options: JudgeOptions,
): readonly ExactGrant[] | undefined {
  const { agent, security, allowlist } = policy;
  if (!plan.ok || agent === everyAgent || security.value === "full") return undefined;
  if (allowlist.some(allowsEverything)) return undefined;
  // Counted again although it was approved before: Gateways compare the whole list.
  const own = { ...policy, allowlist: allowlist.filter(({ args }) => args?.kind !== "digest") };
  const judged = judge(plan.commands, find, own, options);
  if (judged.some(({ analysis }) => !analysis.ok)) return undefined;
  const uncovered = judged
    .flatMap(({ programs }) => programs)
    .filter(({ rule }) => rule === undefined);
  const grants = uncovered.map((program) => exactGrant(program, options));
  const known = grants.filter((grant) => grant !== undefined);
  return known.length === 0 || known.length < grants.length ? undefined : known;
}

function exactGrant(
  { program, near, inlineEval }: JudgedProgram,
  options: JudgeOptions,
): ExactGrant | undefined {
  const pattern = lastingPattern(program.facts);
  const args = literalArgs(program);
  // Where the owner limits the arguments, others are for the owner to allow.
  const refused = near !== undefined || inlineEval !== undefined;
  if (refused || pattern === undefined || args === undefined) return undefined;
  return { pattern, argPattern: digestRule(args, options), source: "allow-always" };
}

/** Digits of the command's digest that are kept. */
const markerDigits = 16;

/** Tells the Gateway that this very command was approved; on the node it allows nothing. */
export function commandMarker(commandText: string, facts: Pick<ArgumentFacts, "sha256">): Grant {
  const digest = facts.sha256(commandText.trim()).slice(0, markerDigits);
  return { pattern: `=node-command:${digest}`, source: "allow-always" };
}
