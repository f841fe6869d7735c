/** What a request was and what became of it, put together from its lines. */
import type { Line } from "./chain.ts";
import { type JournalEntry, decodeEntry } from "./entry.ts";

export interface TimedEntry {
  readonly seq: number;
  readonly time: number;
  readonly entry: JournalEntry;
}

export type Outcome = "waiting" | "running" | "done" | "failed" | "denied" | "unknown";

export interface RequestRecord {
  /** Of its first line. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly invoke: string;
  readonly method: string;
  readonly run: string | undefined;
  readonly agent: string | undefined;
  readonly session: string | undefined;
  readonly gateway: string | undefined;
  readonly command: string | undefined;
  readonly cwd: string | undefined;
  readonly outcome: Outcome;
  readonly allowed: boolean | undefined;
  /** What allowed it, or the code of the refusal. */
  readonly code: string | undefined;
  readonly reason: string | undefined;
  readonly pid: number | undefined;
  readonly exit: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly error: string | undefined;
  readonly ms: number | undefined;
  readonly bytes: number | undefined;
  /** How often the same was asked for again. */
  readonly repeats: number;
  readonly lines: readonly TimedEntry[];
}

/** Undefined for lines that are no journal's: they show in a verification. */
export function readLine({ seq, time, entry }: Line): TimedEntry | undefined {
  const decoded = decodeEntry(entry);
  return decoded && { seq, time, entry: decoded };
}

/** The lines of one request, oldest first; undefined when its beginning is not among them. */
export function recordOf(lines: readonly TimedEntry[]): RequestRecord | undefined {
  const [first] = lines;
  if (first?.entry.kind !== "request" || first.entry.invoke === undefined) return undefined;
  const all = lines.map(({ entry }) => entry);
  const last = (kind: JournalEntry["kind"]) => all.findLast((entry) => entry.kind === kind);
  const [decision, end] = [last("decision"), last("end")];
  const { method = "", invoke, run, agent, session, gateway, command, cwd } = first.entry;
  return {
    seq: first.seq,
    at: first.time,
    invoke,
    method,
    run,
    agent,
    session,
    gateway,
    command,
    cwd,
    outcome: outcomeOf(all),
    allowed: decision?.allowed,
    code: decision?.code ?? last("answer")?.code,
    reason: decision?.reason,
    pid: end?.pid ?? last("spawned")?.pid,
    exit: end?.exit,
    signal: end?.signal,
    timedOut: end?.timedOut === true,
    error: end?.error,
    ms: end?.ms,
    bytes: end?.bytes,
    repeats: all.filter(({ kind }) => kind === "repeat").length,
    lines,
  };
}

function outcomeOf(entries: readonly JournalEntry[]): Outcome {
  let outcome: Outcome = "waiting";
  for (const { kind, ok, allowed } of entries) {
    if (kind === "decision" && allowed === false) outcome = "denied";
    if (kind === "start") outcome = "running";
    if (kind === "end" || kind === "answer") outcome = ok === true ? "done" : "failed";
    if (kind === "unknown") outcome = "unknown";
  }
  return outcome;
}
