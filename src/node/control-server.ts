/** The control socket of the running host: one request, one answer, from a closed list. */
import { UserError, messageOf } from "../lib/errors.ts";
import { parseJson } from "../lib/json.ts";
import type { ControlListener, ControlSockets, Log } from "../platform/ports.ts";
import {
  type ControlReply,
  type ControlRequest,
  controlRequest,
  controlRequestBytes,
} from "../protocol/control.ts";
import type { HostStatus } from "../protocol/host-status.ts";
import { describeIssue } from "../protocol/frame.ts";
import type { PendingApprovals } from "./pending-approvals.ts";

export interface ControlPorts {
  readonly control: ControlSockets;
  readonly log: Log;
}

/** What can be asked about. */
export interface ControlSubjects {
  status(): HostStatus;
  /** Undefined: this host does not ask. */
  readonly approvals: PendingApprovals | undefined;
}

const limits = { maxLineBytes: controlRequestBytes, deadlineMs: 5000, maxConnections: 16 };

/** Undefined when there can be none; the log says why, and the host does without it. */
export async function openControl(
  { control, log }: ControlPorts,
  path: string,
  subjects: ControlSubjects,
): Promise<ControlListener | undefined> {
  try {
    return await control.listen(path, limits, (line) => answerControl(subjects, log, line));
  } catch (error) {
    log.error(`nobody can reach this host from its own machine: ${messageOf(error)}`);
    if (error instanceof UserError && error.hint !== undefined) log.info(`  ${error.hint}`);
    return undefined;
  }
}

/** One line in, one line out, whatever the line is. */
export async function answerControl(
  subjects: ControlSubjects,
  log: Log,
  line: string,
): Promise<string> {
  return JSON.stringify(await replyTo(subjects, log, line));
}

async function replyTo(subjects: ControlSubjects, log: Log, line: string): Promise<ControlReply> {
  const json = parseJson(line);
  if (json === undefined) return failure("bad-request", "the request is not JSON");
  const parsed = controlRequest.safeParse(json.value);
  if (!parsed.success) return failure("bad-request", describeIssue(parsed.error));
  try {
    return await perform(subjects, parsed.data);
  } catch (error) {
    if (error instanceof UserError) return failure("refused", error.message, error.hint);
    log.error(`${parsed.data.method} failed: ${messageOf(error)}`);
    return failure("failed", messageOf(error));
  }
}

async function perform(subjects: ControlSubjects, request: ControlRequest): Promise<ControlReply> {
  if (request.method === "status") return { ok: true, result: subjects.status() };
  const { approvals } = subjects;
  if (approvals === undefined) return notAsking;
  switch (request.method) {
    case "approvals.pending":
      return { ok: true, result: approvals.list() };
    case "approvals.resolve":
      return { ok: true, result: await approvals.resolve(request.id, request.decision) };
  }
}

const notAsking = failure(
  "not-asking",
  "this node host was started without --ask-local",
  "Stop it and start it again with: clawdbot node run --ask-local",
);

function failure(code: string, message: string, hint?: string): ControlReply {
  return { ok: false, error: { code, message, ...(hint === undefined ? {} : { hint }) } };
}
