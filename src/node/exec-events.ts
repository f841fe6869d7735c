/** Events that tell a gateway's session what became of a command. */
import type { RunOutcome } from "../exec/running-command.ts";
import { eventOutputChars } from "../protocol/limits.ts";
import type {
  DeniedReason,
  ExecEvent,
  ExecEventCommon,
  SystemRunPayload,
} from "../protocol/system-run.ts";

export function deniedEvent(common: ExecEventCommon, reason: DeniedReason): ExecEvent {
  return { event: "exec.denied", payload: { ...common, reason } };
}

export function finishedEvent(common: ExecEventCommon, result: SystemRunPayload): ExecEvent {
  const { exitCode, timedOut, success, stdout, stderr, error } = result;
  const output = [stdout, stderr, error ?? ""]
    .filter((part) => part !== "")
    .join("\n")
    .trim();
  return {
    event: "exec.finished",
    payload: {
      ...common,
      ...(exitCode === undefined ? {} : { exitCode }),
      timedOut,
      success,
      output: lastChars(output),
    },
  };
}

function lastChars(text: string): string {
  if (text.length <= eventOutputChars) return text;
  const cut = text.length - eventOutputChars;
  const low = text.charCodeAt(cut);
  const start = low >= 0xdc00 && low <= 0xdfff ? cut + 1 : cut;
  return `... (truncated) ${text.slice(start)}`;
}

/** The payload of a finished run; keys in the order of the wire. */
export function runPayload(
  outcome: RunOutcome,
  program: string,
  stdout: string,
  stderr: string,
  timeoutExitCode: number | undefined,
): SystemRunPayload {
  const { timedOut, startError } = outcome;
  const exitCode = timedOut ? timeoutExitCode : exitCodeOf(outcome);
  const error = errorText(outcome, program);
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    timedOut,
    success: exitCode === 0 && startError === undefined,
    stdout,
    stderr,
    error,
  };
}

function exitCodeOf({ end }: RunOutcome): number | undefined {
  return end?.kind === "exit" ? end.code : undefined;
}

function errorText(outcome: RunOutcome, program: string): string | null {
  const { end, timedOut, startError, survivors = 0 } = outcome;
  if (startError !== undefined) return `spawn ${program} ${startError}`;
  const parts = [
    end?.kind === "signal" && !timedOut ? `ended by signal ${end.signal}` : "",
    // One that a command got along with is no error.
    ...(exitCodeOf(outcome) === 0 ? [] : (end?.limits ?? [])),
    survivors === 0 ? "" : survived(survivors),
  ].filter((part) => part !== "");
  return parts.length === 0 ? null : parts.join("; ");
}

function survived(count: number): string {
  return `${count} ${count === 1 ? "process" : "processes"} could not be ended`;
}
