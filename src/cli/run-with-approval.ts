/** A run that a node refuses until an operator approves it: asks, waits, and runs it again. */
import { type ShownRun, runText } from "../approvals/run-text.ts";
import { printable, visibleText } from "../lib/display-text.ts";
import { formatDuration } from "../lib/duration.ts";
import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { asksForRuns, requestApproval } from "../operator/approval-requests.ts";
import { needsApproval } from "../operator/invoke-error.ts";
import { type Invocation, invokeNode } from "../operator/invoke-node.ts";
import { nodeLabel } from "../operator/node-query.ts";
import type { Operator } from "../operator/operator-connection.ts";
import type { GrantedDecision } from "../protocol/approval-requests.ts";
import type { CliContext } from "./context.ts";
import { untilSignal } from "./interrupt.ts";

export interface AskedRun extends Omit<Invocation, "command" | "params" | "idempotencyKey"> {
  readonly params: Readonly<Record<string, unknown>>;
  readonly shown: ShownRun;
  readonly cwd: string | undefined;
  readonly agentId: string | undefined;
  /** Undefined: nobody is asked, the refusal is the end. */
  readonly approvalMs: number | undefined;
}

/** The payload of the node's answer. */
export async function runWithApproval(
  context: CliContext,
  operator: Operator,
  run: AskedRun,
): Promise<unknown> {
  try {
    return await invoke(context, operator, run, {});
  } catch (error) {
    if (!(error instanceof UserError) || !needsApproval(error)) throw error;
    if (run.approvalMs === undefined) throw withHint(error, operator);
    const id = context.random.uuid();
    const approvalDecision = await askOperators(context, operator, run, {
      id,
      timeoutMs: run.approvalMs,
    });
    return invoke(context, operator, run, { approved: true, approvalDecision, runId: id });
  }
}

function invoke(
  context: CliContext,
  operator: Operator,
  { node, params, timeoutMs }: AskedRun,
  approval: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  return untilSignal(
    context,
    invokeNode(operator, {
      node,
      command: "system.run",
      params: { ...params, ...approval },
      timeoutMs,
      idempotencyKey: context.random.uuid(),
    }),
    `the command may still be running on "${nodeLabel(node)}"`,
  );
}

function withHint(error: UserError, operator: Operator): UserError {
  if (!asksForRuns(operator)) return error;
  const { message, exitCode: code, cause } = error;
  const hint = "To ask the Gateway's operators for this run, add: --request-approval";
  return new UserError(message, { hint, exitCode: code, cause });
}

/** Only a yes comes back. */
async function askOperators(
  context: CliContext,
  operator: Operator,
  { node, shown, cwd, agentId }: AskedRun,
  { id, timeoutMs }: { readonly id: string; readonly timeoutMs: number },
): Promise<GrantedDecision> {
  const command = runText(shown);
  if (command === undefined) {
    throw new UserError(
      "Cannot ask for approval: the name of a variable cannot be shown as a shell would read it",
    );
  }
  context.err.write(
    [
      `Waiting up to ${formatDuration(timeoutMs)} for approval on the Gateway: ${visibleText(command)}`,
      `  Approve it: clawdbot approvals approve ${id} --gateway`,
      `  Refuse it:  clawdbot approvals deny ${id} --gateway\n`,
    ].join("\n"),
  );
  const wish = { id, command, nodeId: node.nodeId, cwd, agentId, timeoutMs };
  const decision = await untilSignal(
    context,
    requestApproval(operator, wish),
    "nothing was approved, nothing was run",
  );
  if (decision === "allow-once" || decision === "allow-always") return decision;
  const action = `Cannot run "${printable(command, 120)}" on "${nodeLabel(node)}"`;
  if (decision === "deny") throw new UserError(`${action}: an operator refused it`);
  throw new UserError(`${action}: nobody approved it within ${formatDuration(timeoutMs)}`, {
    exitCode: exitCode.temporary,
    hint: "Give operators more time with: --approval-timeout 10m",
  });
}
