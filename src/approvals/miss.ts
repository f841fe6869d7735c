/** What an allowlist does not cover, for people and for programs. */
import { printable, shellQuote } from "../lib/display-text.ts";
import type { NamedProgram } from "./analysis.ts";
import { exactRule } from "./argument-rule.ts";
import type { PlannedCommand } from "./command-plan.ts";
import type { EffectivePolicy } from "./effective.ts";
import { type JudgedProgram, literalArgs } from "./judgement.ts";
import { serializeWord } from "./serialize.ts";

/** One thing that stands in the way of a run. */
export interface Fault {
  /** Which of the simple commands, from 0; undefined: the text as a whole. */
  readonly command?: number;
  /** That command's words. */
  readonly text?: string;
  /** The program at fault, as it was found. */
  readonly path?: string;
  readonly problem: string;
}

export interface Miss {
  readonly faults: readonly Fault[];
  /** Lines for the caller: what is not covered, and the remedy. */
  readonly lines: readonly string[];
  /** Commands with which the owner of this machine would allow it. */
  readonly allowWith: readonly string[];
}

const longestPath = 4096;

/** A simple command as a shell would be told it; not safe to print as it is. */
export function commandText({ assignments, words }: PlannedCommand): string {
  return [
    ...assignments.map(({ name, value }) => `${name}=${shellQuote(value)}`),
    ...words.map(({ literal, parts }) =>
      literal === undefined ? serializeWord({ literal, parts }) : shellQuote(literal),
    ),
  ].join(" ");
}

/** A command, or a whole text (without a place), that is not analysed. */
export function notAnalysed(
  problem: string,
  remedy: string | undefined,
  place: Pick<Fault, "command" | "text"> = {},
): Miss {
  const line = `${printable(problem, longestPath)}.`;
  const lines = remedy === undefined ? [line] : [line, remedy];
  return { faults: [{ ...place, problem }], lines, allowWith: [] };
}

export interface UncoveredProgram {
  readonly judged: JudgedProgram;
  readonly command: number;
  readonly text: string;
}

/** Every program of a run that nothing allows. */
export function notAllowed(uncovered: readonly UncoveredProgram[], policy: EffectivePolicy): Miss {
  const inline = uncovered.filter(({ judged }) => judged.inlineEval !== undefined);
  const near = uncovered.filter(({ judged }) => judged.near !== undefined);
  const unlisted = uncovered.filter(
    ({ judged }) => judged.near === undefined && judged.inlineEval === undefined,
  );
  const names = unique(unlisted.map(({ judged }) => quoted(judged.program.facts.path)));
  const from = `(security allowlist, from ${printable(policy.security.source)})`;
  const agent = `agent "${printable(policy.agent)}"`;
  const verb = names.length === 1 ? "is" : "are";
  const allowWith = unique(
    [...unlisted, ...near].flatMap(({ judged }) => addCommand(judged, policy) ?? []),
  );
  return {
    faults: uncovered.map(({ judged, command, text }) => ({
      command,
      text,
      path: judged.program.facts.path,
      problem: problemOf(judged),
    })),
    lines: [
      ...(names.length === 0
        ? []
        : [`${names.join(", ")} ${verb} not on the allowlist of ${agent} on this node ${from}.`]),
      ...unique(near.map(({ judged }) => `${describe(judged)} of ${agent} ${from}.`)),
      ...allowWith.map((command) => `Allow it on the node with: ${command}`),
      ...unique(inline.map(({ judged }) => `${describe(judged)}.`)),
      ...(inline.length === 0
        ? []
        : [
            "This node runs with --strict-inline-eval. Run a script of your own by its path instead.",
          ]),
    ],
    allowWith,
  };
}

function problemOf(judged: JudgedProgram): string {
  if (judged.near === undefined && judged.inlineEval === undefined) return "not on the allowlist";
  return describe(judged);
}

function describe({ program, near, inlineEval }: JudgedProgram): string {
  if (inlineEval !== undefined) return `inline code for ${printable(inlineEval)} needs an approval`;
  const pattern = near?.args?.kind === "regex" ? ` ${near.args.text}` : "";
  const known = literalArgs(program) === undefined ? ", known only when it runs, " : " ";
  const path = quoted(program.facts.path);
  const entry = `entry "${printable(near?.pattern ?? "")}"`;
  return `${path}: its arguments${known}are not covered by argPattern${printable(pattern)} of ${entry}`;
}

/** Where the owner limits the arguments: for just those that were asked for, or none at all. */
function addCommand({ program, near }: JudgedProgram, policy: EffectivePolicy): string | undefined {
  const add = `clawdbot approvals allowlist add ${shellWord(program.facts.path)}`;
  const agent = `--agent ${shellWord(policy.agent)}`;
  if (near === undefined) return `${add} ${agent}`;
  const args = literalArgs(program);
  const rule = args && exactRule(args);
  return rule === undefined ? undefined : `${add} --arg-pattern ${shellWord(rule)} ${agent}`;
}

/** What may be learnt of these for good: nothing where the owner limits the arguments. */
export function withoutLimits(uncovered: readonly UncoveredProgram[]): readonly NamedProgram[] {
  const limited = uncovered.some(
    ({ judged: { near, inlineEval } }) =>
      (near !== undefined && near.args?.kind !== "digest") || inlineEval !== undefined,
  );
  return limited ? [] : uncovered.map(({ judged }) => judged.program);
}

function quoted(path: string): string {
  return `"${printable(path, longestPath)}"`;
}

/** A word to copy; what would forge further lines is shown and not copied. */
function shellWord(text: string): string {
  return shellQuote(printable(text, longestPath));
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}
