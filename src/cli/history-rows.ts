/** Requests of the journal as people and programs read them. */
import type { RequestRecord, TimedEntry } from "../journal/record.ts";
import { printable } from "../lib/display-text.ts";
import { formatDuration } from "../lib/duration.ts";
import { formatSize } from "../lib/size.ts";

export const historyHeader = ["NO", "TIME", "AGENT", "OUTCOME", "TOOK", "COMMAND"];

export function historyRow(record: RequestRecord): readonly string[] {
  return [
    String(record.seq),
    localTime(record.at),
    printable(record.agent ?? "-", 24),
    outcomeText(record),
    record.ms === undefined ? "-" : formatDuration(record.ms),
    printable(record.command ?? record.method, 160),
  ];
}

/** `exit 0`, `exit 1`, `timeout`, `signal SIGKILL`, `denied: allowlist-miss` … */
function outcomeText(record: RequestRecord): string {
  const again = record.repeats === 0 ? "" : ` (asked ${record.repeats + 1} times)`;
  return `${printable(plainOutcome(record), 60)}${again}`;
}

function plainOutcome({ outcome, code, exit, signal, timedOut }: RequestRecord): string {
  if (outcome === "denied") return `denied: ${code ?? "no reason"}`;
  if (outcome === "unknown") return "unknown: host ended";
  if (outcome !== "done" && outcome !== "failed") return outcome;
  if (timedOut) return "timeout";
  if (signal !== undefined) return `signal ${signal}`;
  return exit === undefined ? (outcome === "done" ? "done" : "failed") : `exit ${exit}`;
}

/** Everything about one request. */
export function historyDetails(record: RequestRecord): readonly (readonly string[])[] {
  const { bytes, ms } = record;
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ["request", record.invoke],
    ["run", record.run],
    ["time", new Date(record.at).toISOString()],
    ["gateway", record.gateway],
    ["asks for", record.method],
    ["agent", record.agent],
    ["session", record.session],
    ["command", record.command],
    ["directory", record.cwd],
    ["outcome", outcomeText(record)],
    ["reason", record.reason],
    ["error", record.error],
    ["process", record.pid],
    ["took", ms === undefined ? undefined : formatDuration(ms)],
    ["output", bytes === undefined ? undefined : formatSize(bytes)],
  ];
  return facts.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, printable(String(value), 4000)]],
  );
}

export function historyLine({ seq, time, entry }: TimedEntry): readonly string[] {
  const { kind, invoke: _invoke, ...rest } = entry;
  const facts = Object.entries(rest)
    .filter(([name]) => kind !== "request" || name === "key")
    .map(([name, value]) => `${name}=${printable(String(value), 120)}`);
  return [String(seq), localTime(time), kind, facts.join(" ")];
}

/** The shape of `--json`; absent keys are those that mean nothing here. */
export function historyJson(record: RequestRecord): Record<string, unknown> {
  const { at, lines: _lines, timedOut, repeats, ...facts } = record;
  return {
    ...facts,
    time: new Date(at).toISOString(),
    ...(timedOut ? { timedOut } : {}),
    ...(repeats > 0 ? { repeats } : {}),
  };
}

function localTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "?";
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${day} ${time}`;
}
