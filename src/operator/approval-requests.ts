/** Asking for the approval of a run, and answering who asks. */
import * as z from "zod/mini";

import { printable } from "../lib/display-text.ts";
import { UserError } from "../lib/errors.ts";
import type { Cancel } from "../platform/ports.ts";
import {
  type ApprovalDecision,
  type PendingApproval,
  approvalAnswer,
  approvalDecision,
  approvalList,
  pendingApproval,
} from "../protocol/approval-requests.ts";
import { gatewayEvents } from "../protocol/gateway-errors.ts";
import { generationOf, spendsApprovals } from "../protocol/generation.ts";
import { ask, isUnknownMethod } from "./answer.ts";
import type { Operator } from "./operator-connection.ts";

/** How much longer than the gateway itself its answer is waited for. */
const answerMarginMs = 10_000;

export interface ApprovalWish {
  readonly id: string;
  /** Exactly what will run, as text. */
  readonly command: string;
  readonly nodeId: string;
  readonly cwd: string | undefined;
  readonly agentId: string | undefined;
  /** After this time the gateway stops asking. */
  readonly timeoutMs: number;
}

/** OpenClaw asks only about plans, which its own agents make. */
export function asksForRuns({ hello }: Operator): boolean {
  return generationOf(hello).operatorTool === "clawdbot";
}

/** Waits for an operator's word; undefined when nobody gave one in time. */
export async function requestApproval(
  operator: Operator,
  wish: ApprovalWish,
): Promise<ApprovalDecision | undefined> {
  const { id, command, nodeId, cwd, agentId, timeoutMs } = wish;
  if (!asksForRuns(operator)) {
    throw new UserError(
      "Cannot ask for approval: this Gateway is an OpenClaw, which asks only for its own agents",
      { hint: "Allow the program on the node: clawdbot approvals allowlist add --node NODE PATH" },
    );
  }
  const params = {
    id,
    command,
    host: "node",
    ...(cwd === undefined ? {} : { cwd }),
    ...(agentId === undefined ? {} : { agentId }),
    // Clawdbot 2026.1.24 refuses a request that says so much.
    ...(spendsApprovals(operator.hello) ? { nodeId } : {}),
    timeoutMs,
  };
  const request = {
    method: "exec.approval.request",
    params,
    timeoutMs: timeoutMs + answerMarginMs,
  };
  return (await ask(operator, "ask for approval", request, approvalAnswer)).decision ?? undefined;
}

/** Undefined where the gateway has no list. */
export async function listApprovalRequests(
  operator: Operator,
): Promise<PendingApproval[] | undefined> {
  const request = { method: "exec.approval.list", params: {} };
  try {
    return await ask(operator, "list what waits for approval", request, approvalList);
  } catch (error) {
    if (error instanceof Error && isUnknownMethod(error.cause)) return undefined;
    throw error;
  }
}

export async function resolveApproval(
  operator: Operator,
  id: string,
  decision: ApprovalDecision,
): Promise<void> {
  const request = { method: "exec.approval.resolve", params: { id, decision } };
  try {
    await ask(operator, `answer "${printable(id, 80)}"`, request, z.unknown());
  } catch (error) {
    if (!(error instanceof UserError) || !error.message.includes("unknown approval id"))
      throw error;
    throw new UserError(
      `Cannot answer "${printable(id, 80)}": no such request waits, or somebody has answered it`,
      { cause: error, hint: "A request is withdrawn when its time is over or who asked has gone" },
    );
  }
}

export interface ApprovalWatcher {
  onRequested(approval: PendingApproval): void;
  onResolved(id: string, decision: ApprovalDecision): void;
  onLost(): void;
}

const resolvedEvent = z.object({ id: z.string(), decision: approvalDecision });

/** Events that make no sense are passed over: the list still shows what waits. */
export function watchApprovals(operator: Operator, watcher: ApprovalWatcher): Cancel {
  return operator.listen({
    onLost: () => watcher.onLost(),
    onEvent(event, payload) {
      if (event === gatewayEvents.approvalRequested) {
        const requested = pendingApproval.safeParse(payload);
        if (requested.success) watcher.onRequested(requested.data);
      }
      if (event !== gatewayEvents.approvalResolved) return;
      const resolved = resolvedEvent.safeParse(payload);
      if (resolved.success) watcher.onResolved(resolved.data.id, resolved.data.decision);
    },
  });
}
