// From a shell text to what would be started, as the node does it, without a node.
import type { FindProgram } from "../../src/approvals/analysis.ts";
import { planCommand } from "../../src/approvals/command-plan.ts";
import { type Decision, decide } from "../../src/approvals/decide.ts";
import { effectivePolicy } from "../../src/approvals/effective.ts";
import { type Execution, executionOf } from "../../src/approvals/execution.ts";
import type { JudgeOptions } from "../../src/approvals/judgement.ts";
import { parsePolicy } from "../../src/approvals/policy.ts";
import { machine } from "./judge-options.ts";

/** What an allowlist alone decides: nobody is asked. */
export function decideFor(
  argv: readonly string[],
  allowlist: readonly unknown[],
  find: FindProgram,
  options: JudgeOptions = machine,
  settings: { readonly autoAllowSkills?: boolean } = {},
): Decision {
  const defaults = { security: "allowlist", ask: "off", ...settings };
  const parsed = parsePolicy({ version: 1, defaults, agents: { main: { allowlist } } });
  if (!parsed.ok) throw new Error(parsed.problem);
  const question = { plan: planCommand(argv), find, approved: false, approvalsTrusted: false };
  return decide(question, effectivePolicy(parsed.policy, "main"), options);
}

/** What would be started; undefined when it is refused. */
export function startedFor(
  argv: readonly string[],
  allowlist: readonly unknown[],
  find: FindProgram,
): Execution | undefined {
  const decision = decideFor(argv, allowlist, find);
  return decision.allow && decision.commands !== undefined
    ? executionOf(decision.commands)
    : undefined;
}

/** The first line that says why a run is refused; undefined when it is allowed. */
export function refusalFor(
  argv: readonly string[],
  allowlist: readonly unknown[],
  find: FindProgram,
): string | undefined {
  const decision = decideFor(argv, allowlist, find);
  return decision.allow ? undefined : decision.message.split("\n")[1];
}
