/** Reads and checks the parameters of `system.run`. */
import { displayText, wordsText, wrappedText } from "../approvals/shell-wrapper.ts";
import type { InvokeOutcome } from "../protocol/node-invoke.ts";
import { type SystemRunParams, systemRunParams } from "../protocol/system-run.ts";
import { describeIssue } from "../protocol/frame.ts";
import { isObject } from "../lib/json.ts";
import { invalid, invalidParams } from "./invoke.ts";
import { type RunClaim, readClaim } from "./plan-claim.ts";

export interface RunRequest extends RunClaim {
  readonly argv: readonly string[];
  /** What people see; never what runs. */
  readonly commandText: string;
  /** Undefined: the node's own. */
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly agentId: string | undefined;
  readonly sessionKey: string;
  readonly runId: string | undefined;
  /** The session does not want to be told how it ended. */
  readonly suppressNotify: boolean;
  readonly needsScreenRecording: boolean;
  /** What the command reads; undefined: nothing. */
  readonly stdin?: string;
}

export type ParsedRun =
  | { readonly ok: true; readonly request: RunRequest }
  | { readonly ok: false; readonly outcome: InvokeOutcome };

/** Longer texts of these kinds name nothing on any machine; they only make answers too large. */
const longestPath = 4096;
const longestName = 512;
/** More variables are no command's, and each one is judged. */
const mostVariables = 1000;
/** Characters of a command that events and lists show. */
const longestDisplay = 8192;

export function parseRunRequest(params: unknown): ParsedRun {
  if (!isObject(params)) return refuse(invalidParams("params must be an object"));
  const { command } = params;
  if (!Array.isArray(command) || command.length === 0) return refuse(invalid("command required"));
  const parsed = systemRunParams.safeParse(params);
  if (!parsed.success) return refuse(invalidParams(describeIssue(parsed.error)));
  const problem = problemOf(parsed.data);
  if (problem !== undefined) return refuse(invalid(problem));
  const { data } = parsed;
  const read = readClaim(data);
  if (!read.ok) return refuse(invalid(read.problem));
  const raw = data.rawCommand?.trim() ?? "";
  return {
    ok: true,
    request: {
      argv: data.command,
      commandText: shown(raw === "" ? displayText(data.command) : raw),
      cwd: nonBlank(data.cwd),
      env: data.env ?? {},
      timeoutMs: positive(data.timeoutMs),
      agentId: nonBlank(data.agentId),
      sessionKey: nonBlank(data.sessionKey) ?? "node",
      runId: nonBlank(data.runId),
      ...read.claim,
      suppressNotify: data.suppressNotifyOnExit === true,
      needsScreenRecording: data.needsScreenRecording === true,
      ...(typeof data.stdin === "string" ? { stdin: data.stdin } : {}),
    },
  };
}

function refuse(outcome: InvokeOutcome): ParsedRun {
  return { ok: false, outcome };
}

function problemOf(data: SystemRunParams): string | undefined {
  const [program = ""] = data.command;
  if (program.trim() === "") return "command required: the program's name is blank";
  const words = [...data.command, data.cwd ?? "", data.agentId ?? ""];
  if (words.some((word) => word.includes("\0"))) return "command must not contain NUL bytes";
  if ((data.cwd ?? "").length > longestPath) {
    return `cwd has more than ${longestPath} characters`;
  }
  const names = [data.agentId, data.sessionKey, data.runId];
  if (names.some((name) => (name ?? "").length > longestName)) {
    return `agentId, sessionKey and runId have at most ${longestName} characters`;
  }
  const variables = Object.keys(data.env ?? {});
  if (variables.length > mostVariables) return `env has more than ${mostVariables} variables`;
  if (variables.some((name) => name.length > longestName)) {
    return `the name of a variable has at most ${longestName} characters`;
  }
  const raw = data.rawCommand?.trim() ?? "";
  const wrapped = wrappedText(data.command)?.text.trim();
  // What is shown and analysed must be what runs.
  const texts = [wrapped, displayText(data.command), wordsText(data.command).trim()];
  if (raw !== "" && !texts.includes(raw)) {
    return "rawCommand does not match command";
  }
  return undefined;
}

function nonBlank(text: string | null | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === "" ? undefined : trimmed;
}

/** Zero and less mean no limit, as absence does. */
function positive(value: number | null | undefined): number | undefined {
  return value !== null && value !== undefined && value > 0 ? value : undefined;
}

function shown(text: string): string {
  if (text.length <= longestDisplay) return text;
  // Half of a surrogate pair is no text.
  return `${text.slice(0, longestDisplay).replace(/[\ud800-\udbff]$/, "")}…`;
}
