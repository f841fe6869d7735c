/** `node.invoke` and the two requests that reach a node's approvals file. */
import { isObject, parseJson } from "../../lib/json.ts";
import { missingScope, scopes } from "../../protocol/access.ts";
import { approvalsNodeGet, approvalsNodeSet } from "../../protocol/exec-approvals.ts";
import { type InvokeResult, nodeInvoke } from "../../protocol/node-invoke.ts";
import { type Answer, type Method, done, invalid, method, unavailable } from "../answer.ts";
import { commandRefusal } from "../command-policy.ts";
import type { Call, CallOutcome, Invocations } from "../invocations.ts";
import type { NodeRegistry } from "../node-registry.ts";

interface Deps {
  readonly nodes: NodeRegistry;
  readonly invocations: Invocations;
}

export function nodeInvokeMethods({ nodes, invocations }: Deps) {
  const callApprovals = async (nodeId: string, call: Call): Promise<Answer> => {
    const node = nodes.get(nodeId.trim());
    if (node === undefined) {
      const nodeError = { code: "NOT_CONNECTED", message: "node not connected" };
      return unavailable(nodeError.message, { nodeError });
    }
    const outcome = await invocations.call(node, call);
    return answerOf(outcome, call.command, payloadOf);
  };
  return {
    "node.invoke": method("node.invoke", nodeInvoke, async (params, caller) => {
      const [nodeId, command] = [params.nodeId.trim(), params.command.trim()];
      if (nodeId === "" || command === "") return invalid("nodeId and command required");
      const node = nodes.get(nodeId);
      if (node === undefined) return unavailable("node not connected", { code: "NOT_CONNECTED" });
      const reason = commandRefusal(node.session.params.client, node.commands, command);
      if (reason !== undefined) return invalid("node command not allowed", { reason, command });
      const missing = missingScope(caller.scopes, scopesFor(command));
      if (missing !== undefined) return invalid(`missing scope: ${missing}`);
      const call = { ...params, command, params: withoutApproval(command, params.params) };
      return answerOf(await invocations.call(node, call), command, (result) => ({
        ok: true,
        nodeId,
        command,
        payload: payloadOf(result),
        payloadJSON: result.payloadJSON ?? null,
      }));
    }),

    "exec.approvals.node.get": method("exec.approvals.node.get", approvalsNodeGet, (params) =>
      callApprovals(params.nodeId, { command: "system.execApprovals.get", params: {} }),
    ),

    "exec.approvals.node.set": method("exec.approvals.node.set", approvalsNodeSet, (params) => {
      const { nodeId, file, baseHash } = params;
      const call = { file, baseHash: baseHash ?? undefined };
      return callApprovals(nodeId, { command: "system.execApprovals.set", params: call });
    }),
  } satisfies Record<string, Method>;
}

/** The policy file needs the same scope here as by its own methods; the reference forgot that. */
function scopesFor(command: string): readonly string[] {
  return command.startsWith("system.execApprovals.") ? [scopes.admin] : [];
}

/**
 * Only an approval that this gateway itself recorded may tell a node that a run is approved, and
 * it records none yet: an operator's word for it is taken out.
 */
function withoutApproval(command: string, params: unknown): unknown {
  if (command !== "system.run" || !isObject(params)) return params;
  const { approved: _approved, approvalDecision: _decision, ...rest } = params;
  return rest;
}

function answerOf(
  outcome: CallOutcome,
  command: string,
  payload: (result: InvokeResult) => unknown,
): Answer {
  switch (outcome.kind) {
    case "answered":
      return outcome.result.ok ? done(payload(outcome.result)) : nodeFailed(outcome.result);
    case "timeout":
      return nodeFailure({ code: "TIMEOUT", message: "node invoke timed out" });
    case "disconnected":
      return unavailable(`Error: node disconnected (${command})`);
    case "not-sent":
      return nodeFailure({ code: "UNAVAILABLE", message: outcome.why });
  }
}

function nodeFailed({ error }: InvokeResult): Answer {
  return error === undefined || error === null
    ? unavailable("node invoke failed")
    : nodeFailure(error);
}

function nodeFailure(nodeError: {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}): Answer {
  return unavailable(nodeError.message ?? "node invoke failed", { nodeError });
}

/** The node's payload: parsed, or as the text that it is. */
function payloadOf({ payload, payloadJSON }: InvokeResult): unknown {
  if (payloadJSON === undefined || payloadJSON === null || payloadJSON.trim() === "")
    return payload;
  return parseJson(payloadJSON)?.value ?? { payloadJSON };
}
