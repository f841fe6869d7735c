/** The approvals that wait at a Gateway: shown, awaited and answered. */
import { shellQuote, visibleText } from "../lib/display-text.ts";
import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import {
  listApprovalRequests,
  resolveApproval,
  watchApprovals,
} from "../operator/approval-requests.ts";
import { approvalFacts, approvalText } from "../operator/approval-text.ts";
import { findApproval } from "../operator/find-approval.ts";
import { listNodes } from "../operator/node-list.ts";
import type { Operator } from "../operator/operator-connection.ts";
import type { ApprovalDecision, PendingApproval } from "../protocol/approval-requests.ts";
import type { NodeInfo } from "../protocol/node-list.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flag-values.ts";
import { writeJson } from "./json-output.ts";
import { defaultTimeoutMs, timeLimit } from "./operator-flags.ts";
import { withOperator } from "./operator-session.ts";

type Flags = Readonly<Record<string, unknown>>;

const answerHint =
  "Decide with: clawdbot approvals approve ID --gateway, or: clawdbot approvals deny ID --gateway";

/** `approvals pending --gateway`. */
export function listOnGateway(context: CliContext, args: Flags): Promise<number> {
  return session(context, args, async (operator) => {
    const pending = await listApprovalRequests(operator);
    if (pending === undefined) {
      throw new UserError("Cannot list what waits for approval: this Gateway has no such list", {
        hint: "Whoever asks also names the ID; answer it with: clawdbot approvals approve ID --gateway",
      });
    }
    const now = context.clock.now();
    if (switchFlag(args, "json")) {
      writeJson(context.out, { ts: now, pending: pending.map(approvalFacts) });
      return exitCode.ok;
    }
    if (pending.length === 0) {
      context.err.write("Nothing waits for approval.\n");
      return exitCode.ok;
    }
    const nodes = await namedNodes(operator, pending);
    context.out.write(pending.map((one) => approvalText(one, nodes, now)).join("\n"));
    context.err.write(`\n${answerHint}\n`);
    return exitCode.ok;
  });
}

/** `approvals pending --gateway --watch`: what waits, then what comes, until a signal. */
export function watchOnGateway(context: CliContext, args: Flags): Promise<number> {
  return session(context, args, async (operator) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    // It may be lost before anybody waits for that.
    promise.catch(() => undefined);
    const json = switchFlag(args, "json");
    const shown = new Set<string>();
    let nodes: readonly NodeInfo[] = [];
    const show = (one: PendingApproval): void => {
      if (shown.has(one.id)) return;
      shown.add(one.id);
      context.out.write(
        json
          ? `${visibleJson({ v: 1, event: "requested", ...approvalFacts(one) })}\n`
          : approvalText(one, nodes, context.clock.now()),
      );
    };
    const stopWatching = watchApprovals(operator, {
      onRequested: show,
      onResolved(id, decision) {
        shown.delete(id);
        const line = { v: 1, event: "resolved", id, decision };
        context.out.write(`${json ? visibleJson(line) : `${visibleText(id)}: ${decision}`}\n`);
      },
      onLost: () =>
        reject(
          new UserError("Cannot go on watching: the connection to the gateway broke", {
            exitCode: exitCode.temporary,
          }),
        ),
    });
    const stopListening = context.onSignal(() => resolve(exitCode.ok));
    try {
      if (!json) context.err.write(`Waiting for requests; Ctrl-C ends it.\n${answerHint}\n\n`);
      // Events come from now on; the list shows what came before.
      nodes = await listNodes(operator).catch(() => []);
      for (const one of (await listApprovalRequests(operator)) ?? []) show(one);
      return await promise;
    } finally {
      stopWatching();
      stopListening();
    }
  });
}

/** `approvals approve|deny ID --gateway`. */
export function resolveOnGateway(
  context: CliContext,
  args: Flags,
  id: string,
  decision: ApprovalDecision,
): Promise<number> {
  return session(context, args, async (operator) => {
    const pending = await listApprovalRequests(operator);
    // Where there is no list only the whole id will do, and nobody can show what it stands for.
    const found = pending === undefined ? undefined : findApproval(pending, id);
    const whole = found?.id ?? id.trim();
    await resolveApproval(operator, whole, decision);
    if (switchFlag(args, "json")) {
      writeJson(context.out, { id: whole, decision, command: found?.request.command });
      return exitCode.ok;
    }
    const what = found === undefined ? "" : `: ${visibleText(found.request.command)}`;
    context.out.write(`${words[decision]} ${shellQuote(visibleText(whole))}${what}\n`);
    return exitCode.ok;
  });
}

const words: Readonly<Record<ApprovalDecision, string>> = {
  "allow-once": "Approved once",
  "allow-always": "Approved always",
  deny: "Denied",
};

function session(
  context: CliContext,
  args: Flags,
  use: (operator: Operator) => Promise<number>,
): Promise<number> {
  const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
  return withOperator(context, args, timeoutMs, use);
}

/** The list of nodes only helps to name them: without it their ids are shown. */
async function namedNodes(
  operator: Operator,
  pending: readonly PendingApproval[],
): Promise<readonly NodeInfo[]> {
  const named = pending.some(({ request }) => request.nodeId !== undefined);
  return named ? await listNodes(operator).catch(() => []) : [];
}

/** One line; characters that a terminal would obey or hide are escaped as JSON does it. */
function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
