/** `exec.approval.*`: an operator, or an agent, asks; another one answers. */
import * as z from "zod/mini";

import { printable } from "../../lib/display-text.ts";
import type { Clock, Log, Random } from "../../platform/ports.ts";
import {
  type ApprovalRequestParams,
  approvalDecision,
  approvalRequestParams,
  approvalResolveParams,
} from "../../protocol/approval-requests.ts";
import { gatewayEvents } from "../../protocol/gateway-errors.ts";
import { approvalDefaultMs, maxLabelChars } from "../../protocol/limits.ts";
import { type Method, done, invalid, method, unavailable } from "../answer.ts";
import type { ApprovalBook, ApprovalRecord, ApprovalRequest } from "../approval-book.ts";
import type { Peers } from "../peers.ts";
import type { Session } from "../session.ts";

interface Deps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly peers: Peers;
  readonly approvals: ApprovalBook;
}

/** A person types it, and pastes it from a hint. */
const usableId = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;

export function execApprovalMethods({ clock, random, log, peers, approvals }: Deps) {
  return {
    "exec.approval.request": method(
      "exec.approval.request",
      approvalRequestParams,
      async (params, caller) => {
        const id = nonBlank(params.id)?.trim() ?? random.uuid();
        if (!usableId.test(id)) {
          return invalid("approval id may have letters, digits and . _ : - after the first");
        }
        const createdAtMs = clock.now();
        const record: ApprovalRecord = {
          id,
          request: requestOf(params),
          createdAtMs,
          expiresAtMs: createdAtMs + (params.timeoutMs ?? approvalDefaultMs),
          deviceId: caller.deviceId,
          connId: caller.connId,
        };
        const opened = approvals.open(record);
        if (!opened.ok) {
          if (opened.why === "already pending") return invalid("approval id already pending");
          return unavailable("too many approvals are pending");
        }
        const shown = shownRecord(record);
        log.info("approval requested", {
          id,
          by: nameOf(caller),
          command: printable(record.request.command, 200),
        });
        peers.broadcast(gatewayEvents.approvalRequested, shown);
        const decision = (await opened.decided) ?? null;
        return done({ id, decision, createdAtMs, expiresAtMs: record.expiresAtMs });
      },
    ),

    "exec.approval.resolve": method(
      "exec.approval.resolve",
      approvalResolveParams,
      (params, caller) => {
        const decision = approvalDecision.safeParse(params.decision);
        if (!decision.success) return invalid("invalid decision");
        const record = approvals.decide(params.id, decision.data);
        if (record === undefined) return invalid("unknown approval id");
        const { id } = record;
        const resolvedBy = nameOf(caller);
        log.info(`approval ${decision.data}`, { id, by: printable(resolvedBy) });
        peers.broadcast(gatewayEvents.approvalResolved, {
          id,
          decision: decision.data,
          resolvedBy,
          ts: clock.now(),
        });
        return done({ ok: true });
      },
    ),

    "exec.approval.list": method("exec.approval.list", z.object({}), () =>
      done(approvals.pending().map(shownRecord)),
    ),
  } satisfies Record<string, Method>;
}

/** What approvers get to see: not which device and connection asked. */
function shownRecord({ id, request, createdAtMs, expiresAtMs }: ApprovalRecord) {
  return { id, request, createdAtMs, expiresAtMs };
}

function requestOf(params: ApprovalRequestParams): ApprovalRequest {
  const nodeId = nonBlank(params.nodeId);
  return {
    command: params.command,
    cwd: params.cwd ?? null,
    host: params.host ?? null,
    security: params.security ?? null,
    ask: params.ask ?? null,
    agentId: params.agentId ?? null,
    resolvedPath: params.resolvedPath ?? null,
    sessionKey: params.sessionKey ?? null,
    ...(nodeId === undefined ? {} : { nodeId }),
  };
}

function nameOf({ params: { client } }: Session): string {
  return (client.displayName ?? client.id).slice(0, maxLabelChars);
}

function nonBlank(text: string | null | undefined): string | undefined {
  return text === null || text === undefined || text.trim() === "" ? undefined : text;
}
