/** What a command's result on a node means here: what to print, and how to exit. */
import { constants } from "node:os";

import { printable } from "../lib/display-text.ts";
import { formatDuration } from "../lib/duration.ts";
import { exitCode } from "../lib/exit-code.ts";
import { systemRunAnswer } from "../protocol/system-run.ts";
import { readAnswer } from "./answer.ts";
import { runExitCode } from "./run-exit-code.ts";

export interface RunOutcome {
  readonly result: RunResult;
  /** What has to be said beside the command's own output. */
  readonly message: string | undefined;
  readonly exitCode: number;
}

/** The result as `--json` shows it. */
export interface RunResult {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: string | null;
}

interface Ran {
  /** What messages call the command. */
  readonly shown: string;
  readonly timeoutMs: number;
}

export function runOutcome(payload: unknown, ran: Ran): RunOutcome {
  const answer = readAnswer("system.run", systemRunAnswer, payload);
  const result: RunResult = {
    exitCode: answer.exitCode ?? null,
    timedOut: answer.timedOut ?? false,
    success: answer.success ?? answer.exitCode === 0,
    stdout: answer.stdout ?? "",
    stderr: answer.stderr ?? "",
    error: answer.error ?? null,
  };
  return { result, ...verdict(result, ran) };
}

function verdict(result: RunResult, ran: Ran): Pick<RunOutcome, "message" | "exitCode"> {
  const command = printable(ran.shown, 120);
  const error = result.error === null ? undefined : printable(result.error, 1000);
  if (result.timedOut) {
    const why = error ?? `its time limit of ${formatDuration(ran.timeoutMs)} has passed`;
    return {
      message: `The node stopped "${command}": ${why}`,
      exitCode: runExitCode.timedOut,
    };
  }
  if (result.exitCode !== null) {
    const code = shownCode(result.exitCode);
    if (error === undefined) return { message: undefined, exitCode: code };
    return { message: `"${command}": ${error}`, exitCode: code || exitCode.failure };
  }
  if (error === undefined) {
    if (result.success) return { message: undefined, exitCode: exitCode.ok };
    return { message: `"${command}" was ended by a signal`, exitCode: exitCode.failure };
  }
  const signal = /\bsignal (SIG[A-Z0-9]+)/.exec(error)?.[1];
  if (signal !== undefined) {
    return { message: `"${command}": ${error}`, exitCode: codeOfSignal(signal) };
  }
  return { message: `Cannot run "${command}": ${error}`, exitCode: codeOfError(error) };
}

/** A process here ends with one byte; a failure must not become 0 by losing the rest. */
function shownCode(code: number): number {
  if (Number.isInteger(code) && code >= 0 && code <= 255) return code;
  return Math.trunc(code) & 255 || exitCode.failure;
}

/** As a shell would say it, where the number of the signal is known. */
function codeOfSignal(name: string): number {
  const number = Object.entries(constants.signals).find(([known]) => known === name)?.[1];
  return number === undefined ? exitCode.failure : runExitCode.signalBase + number;
}

function codeOfError(error: string): number {
  if (/\bENOENT\b/.test(error)) return runExitCode.notFound;
  if (/\b(EACCES|EPERM|ENOEXEC)\b/.test(error)) return runExitCode.notExecutable;
  return exitCode.failure;
}
