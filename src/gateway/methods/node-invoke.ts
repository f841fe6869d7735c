/** `node.invoke` and the two requests that reach a node's approvals file. */
import { parseJson } from "../../lib/json.ts";
import type { Clock, Log } from "../../platform/ports.ts";
import { missingScope, scopes } from "../../protocol/access.ts";
import { approvalsNodeGet, approvalsNodeSet } from "../../protocol/exec-approvals.ts";
import { gatewayEvents } from "../../protocol/gateway-errors.ts";
import { type InvokeResult, nodeInvoke } from "../../protocol/node-invoke.ts";
import { type Answer, type Method, done, invalid, method, unavailable } from "../answer.ts";
import type { ApprovalBook } from "../approval-book.ts";
import { commandRefusal } from "../command-policy.ts";
import type { Call, CallOutcome, Invocations } from "../invocations.ts";
import type { NodeRegistry } from "../node-registry.ts";
import type { Peers } from "../peers.ts";
import { RepeatFilter } from "../repeat-filter.ts";
import type { Session } from "../session.ts";
import { vouchFor } from "../vouch.ts";

interface Deps {
  readonly clock: Clock;
  readonly log: Log;
  readonly peers: Peers;
  readonly approvals: ApprovalBook;
  readonly nodes: NodeRegistry;
  readonly invocations: Invocations;
}

export function nodeInvokeMethods(deps: Deps) {
  const { nodes, invocations } = deps;
  const vouched = voucher(deps);
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
      const isRun = command === "system.run";
      const sent = isRun ? vouched(params.params, caller, nodeId) : params.params;
      // Nodes give the answer of a key to whoever asks again: nobody gets another operator's.
      const idempotencyKey = `${caller.deviceId}:${params.idempotencyKey}`;
      const call = { ...params, command, params: sent, idempotencyKey };
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
 * Only an approval that this gateway itself recorded may tell a node that a run is approved: an
 * operator's mere word for it is taken out.
 */
function voucher({ clock, log, peers, approvals }: Deps) {
  const told = new RepeatFilter(clock);
  return (params: unknown, { deviceId }: Session, nodeId: string): unknown => {
    const vouched = vouchFor(approvals, params, { deviceId, nodeId });
    const device = deviceId.slice(0, 12);
    if (vouched.kind === "approved") {
      const id = vouched.approvalId;
      log.info("approval used", { id, device, node: nodeId.slice(0, 12) });
      peers.broadcast(gatewayEvents.approvalUsed, { id, nodeId, ts: clock.now() });
    }
    if (vouched.kind === "unfounded" && told.isNew(`${deviceId} ${vouched.why}`)) {
      log.warn("a run claims an approval; it is sent without", { device, why: vouched.why });
    }
    return vouched.params;
  };
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
