/**
 * Which claims of an approval reach a node. Nodes believe this gateway, so it lets a claim pass
 * only for the very run that an operator was shown, once.
 */
import { runText } from "../approvals/run-text.ts";
import { isObject } from "../lib/json.ts";
import { type SystemRunParams, systemRunParams } from "../protocol/system-run.ts";
import type { ApprovalBook, ApprovalRequest, Grant } from "./approval-book.ts";

interface Asked {
  readonly deviceId: string;
  readonly nodeId: string;
}

export type Vouched =
  /** Nothing was claimed. */
  | { readonly kind: "plain"; readonly params: unknown }
  | { readonly kind: "approved"; readonly params: unknown; readonly approvalId: string }
  /** The claim is taken out: the node's own policy decides. */
  | { readonly kind: "unfounded"; readonly params: unknown; readonly why: string };

/** Spends the approval that a `system.run` claims; without one the claim is taken out. */
export function vouchFor(book: ApprovalBook, params: unknown, asked: Asked): Vouched {
  if (!isObject(params)) return { kind: "plain", params };
  // The last one is how later generations say that nobody needed to be asked.
  const { approved, approvalDecision, approvalSource: _source, ...rest } = params;
  const claimed =
    approved === true || approvalDecision === "allow-once" || approvalDecision === "allow-always";
  if (!claimed) return { kind: "plain", params: rest };
  const parsed = systemRunParams.safeParse(rest);
  if (!parsed.success) return { kind: "unfounded", params: rest, why: "it is no system.run" };
  const found = findGrant(book.granted(), parsed.data, asked);
  if (!found.ok) return { kind: "unfounded", params: rest, why: found.why };
  const { record, decision } = found.grant;
  book.use(record.id);
  // This gateway prepares no plans, so nobody was shown one.
  const { systemRunPlan: _plan, ...compared } = parsed.data;
  return {
    kind: "approved",
    approvalId: record.id,
    // Only what is known here was compared with what the approver saw.
    params: { ...compared, approved: true, approvalDecision: decision },
  };
}

type Found =
  | { readonly ok: true; readonly grant: Grant }
  | { readonly ok: false; readonly why: string };

const none = "there is no such approval: never granted, used already, or expired";

function findGrant(grants: readonly Grant[], run: SystemRunParams, asked: Asked): Found {
  const runId = present(run.runId)?.trim();
  // Only agents name the approval; the reference's `nodes run` does not.
  const candidates = grants.filter(({ record }) =>
    runId === undefined ? record.deviceId === asked.deviceId : record.id === runId,
  );
  let why: string | undefined;
  for (const grant of candidates) {
    const difference = differenceOf(grant, run, asked);
    if (difference === undefined) return { ok: true, grant };
    why = difference;
  }
  return { ok: false, why: why ?? none };
}

/** In what a run is not the one that was approved. */
function differenceOf(
  { record }: Grant,
  run: SystemRunParams,
  { deviceId, nodeId }: Asked,
): string | undefined {
  const { request } = record;
  if ((run.stdin ?? "") !== "") return "it brings input that nobody was shown";
  if (record.deviceId !== deviceId) return "another device had asked for it";
  if (request.nodeId !== undefined && request.nodeId !== nodeId) return "it is for another node";
  if (!isShown(request, run)) return "the command is not, word for word, the one that was approved";
  if (present(request.cwd) !== present(run.cwd)) return "the directory is another one";
  if (present(request.agentId) !== present(run.agentId)) return "the agent is another one";
  if (present(request.sessionKey) !== present(run.sessionKey)) return "the session is another one";
  return undefined;
}

function isShown(request: ApprovalRequest, run: SystemRunParams): boolean {
  const shown = runText({ argv: run.command, raw: present(run.rawCommand), env: run.env ?? {} });
  return shown === request.command;
}

function present(text: string | null | undefined): string | undefined {
  return text === null || text === undefined || text.trim() === "" ? undefined : text;
}
