/** What the journal keeps of a run, so that another host can tell its end. */
import * as z from "zod/mini";

import { parseJson } from "../lib/json.ts";
import type { StoredRun } from "../journal/stored-run.ts";
import type { InvokeOutcome } from "../protocol/node-invoke.ts";
import type { ExecEvent, ExecEventCommon, SystemRunPayload } from "../protocol/system-run.ts";
import { finishedEvent } from "./exec-events.ts";

const storedBrief = z.object({
  sessionKey: z.string(),
  runId: z.string(),
  host: z.literal("node"),
  command: z.string(),
});

const storedPayload = z.object({
  exitCode: z.optional(z.number()),
  timedOut: z.boolean(),
  success: z.boolean(),
  stdout: z.string(),
  stderr: z.string(),
  error: z.nullable(z.string()),
});

export function encodeBrief({ sessionKey, runId, command }: ExecEventCommon): string {
  return JSON.stringify({ sessionKey, runId, host: "node", command });
}

/** `exit code 1`, `ended by signal SIGTERM`: what is left to say when the output is gone. */
export function summaryOf({ exitCode, timedOut, error }: SystemRunPayload): string {
  if (exitCode !== undefined) return `exit code ${exitCode}`;
  return timedOut ? "a timeout" : (error ?? "no exit code").slice(0, 200);
}

export const outcomeUnknown: InvokeOutcome & { ok: false } = {
  ok: false,
  code: "UNAVAILABLE",
  message:
    "outcome-unknown: the node host ended while this command was running; it was not started again",
};

/** The answer that is stored with a run; undefined when it is not kept any more. */
export function storedAnswer(run: StoredRun): InvokeOutcome | undefined {
  if (run.state !== "ended") return outcomeUnknown;
  const payload = payloadOf(run);
  return payload && { ok: true, payload };
}

/** The event that tells the session how the run ended. */
export function storedEvent(run: StoredRun): ExecEvent | undefined {
  const brief = storedBrief.safeParse(parseJson(run.brief)?.value);
  if (!brief.success) return undefined;
  const { sessionKey, runId, command } = brief.data;
  const common: ExecEventCommon = { sessionKey, runId, host: "node", command };
  const ended = payloadOf(run);
  if (ended !== undefined) return finishedEvent(common, ended);
  const outcome = { timedOut: false, success: false, output: outcomeUnknown.message };
  return { event: "exec.finished", payload: { ...common, ...outcome } };
}

function payloadOf(run: StoredRun): SystemRunPayload | undefined {
  const parsed = storedPayload.safeParse(parseJson(run.answer ?? "")?.value);
  if (!parsed.success) return undefined;
  const { exitCode, ...rest } = parsed.data;
  return exitCode === undefined ? rest : { exitCode, ...rest };
}
