/** What this machine's owner approves: what is shown is what runs, or nothing does. */
import { printable, shellQuote } from "../lib/display-text.ts";
import type { FindProgram } from "./analysis.ts";
import type { CommandPlan } from "./command-plan.ts";
import { coverageOf } from "./coverage.ts";
import { type EffectivePolicy, everyAgent } from "./effective.ts";
import { type Execution, analysePlan, executionOf, programsOf } from "./execution.ts";
import { type ProgramFacts, allowsEverything } from "./match-program.ts";
import type { JudgeOptions } from "./judgement.ts";
import { isInterpreter } from "./program-kinds.ts";

export interface ApprovedRun {
  readonly execution: Execution;
  readonly programs: readonly ProgramFacts[];
  /** The words run as they were sent: a leading `cd` is the shell's own business. */
  readonly asSent: boolean;
}

/** Undefined: there is no such program. */
export function approvedRun(
  argv: readonly string[],
  plan: CommandPlan,
  find: FindProgram,
  policy: EffectivePolicy,
  { mayAssign }: Pick<JudgeOptions, "mayAssign">,
): ApprovedRun | undefined {
  // In full the words run exactly as they were sent; a deny list has to know the programs.
  const untouched = policy.security.value === "full" && policy.deny.length === 0;
  const commands = untouched ? undefined : analysePlan(plan, find, mayAssign);
  if (commands !== undefined) {
    return { execution: executionOf(commands), programs: programsOf(commands), asSent: false };
  }
  const program = find(argv[0] ?? "");
  if (program === undefined) return undefined;
  const execution: Execution = { kind: "argv", program: program.path, argv };
  return { execution, programs: [program], asSent: true };
}

/** To the letter, as a shell would take it. */
export function executionText(execution: Execution): string {
  return execution.kind === "shell" ? execution.text : execution.argv.map(shellQuote).join(" ");
}

/** Whether these are the same files at the same places. */
export function samePrograms(
  left: readonly ProgramFacts[],
  right: readonly ProgramFacts[],
): boolean {
  return (
    left.length === right.length &&
    left.every((one, index) => {
      const other = right[index];
      return one.path === other?.path && one.device === other.device && one.inode === other.inode;
    })
  );
}

export type LastingApproval =
  | { readonly ok: true; readonly patterns: readonly string[] }
  /** Why nothing can be allowed for good. */
  | { readonly ok: false; readonly problem: string };

/** Entries that would let the same programs run without a question from now on. */
export function lastingApproval(
  plan: CommandPlan,
  find: FindProgram,
  policy: EffectivePolicy,
  options: JudgeOptions,
): LastingApproval {
  const { agent, ask, allowlist, security } = policy;
  if (agent === everyAgent) {
    return { ok: false, problem: `the request is for agent "*", which stands for every agent` };
  }
  const open = security.value === "full" || allowlist.some(allowsEverything);
  const coverage = open ? undefined : coverageOf(plan, find, policy, options);
  if (coverage === undefined || coverage.ok) {
    const source = printable(ask.source);
    return {
      ok: false,
      problem: `this node asks for every run of agent "${printable(agent)}" (ask ${ask.value}, from ${source})`,
    };
  }
  if (coverage.learn.length > 0) return { ok: true, patterns: coverage.learn };
  return {
    ok: false,
    problem: unlearnable(plan, find, options) ?? coverage.miss.lines[0] ?? "it is not clear",
  };
}

function unlearnable(
  plan: CommandPlan,
  find: FindProgram,
  { mayAssign }: JudgeOptions,
): string | undefined {
  const commands = analysePlan(plan, find, mayAssign);
  if (commands === undefined) return undefined;
  const paths = programsOf(commands).map(({ path, realPath }) => ({ path, realPath }));
  const interpreter = paths.find(({ path, realPath }) => [path, realPath].some(isInterpreter));
  return interpreter === undefined
    ? "the path of a program has characters that stand for more in an entry"
    : `"${printable(interpreter.path)}" runs whatever it is told to, so an entry for it would allow everything`;
}
