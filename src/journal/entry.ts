/** What a line of the journal says. */
import * as z from "zod/mini";

import { parseJson } from "../lib/json.ts";

const words = z.optional(z.string());
const number = z.optional(z.number());
const yesOrNo = z.optional(z.boolean());

/** Every key but `kind` is there only where it means something. */
const journalEntry = z.object({
  kind: z.enum([
    /** A gateway asks for something. */
    "request",
    "decision",
    /** Written before the process exists. */
    "start",
    /** The process of a run that takes a while; of others the end tells it. */
    "spawned",
    "end",
    /** What a request was answered that starts no process. */
    "answer",
    /** The same was asked for again, and not done again. */
    "repeat",
    /** The host ended while the command ran. */
    "unknown",
    /** A result reached the gateway later than it should have. */
    "delivered",
    /** Entries are missing: the journal could not be written. */
    "gap",
  ]),
  /** The gateway's id of the request. */
  invoke: words,
  method: words,
  gateway: words,
  key: words,
  run: words,
  agent: words,
  session: words,
  command: words,
  cwd: words,
  allowed: yesOrNo,
  ok: yesOrNo,
  code: words,
  reason: words,
  pid: number,
  exit: number,
  signal: words,
  timedOut: yesOrNo,
  error: words,
  /** Milliseconds from start to end. */
  ms: number,
  /** Bytes of output that were kept for the result. */
  bytes: number,
  /** Id of the request that asked again. */
  by: words,
  /** Entries that are missing. */
  lost: number,
});

export type JournalEntry = z.infer<typeof journalEntry>;

const longestName = 200;
const longestCommand = 2000;
const longestText = 500;

/**
 * The line as it is stored: no secrets in the texts, none longer than bounds, undefined keys gone.
 * `clean` takes secrets out of a text.
 */
export function encodeEntry(entry: JournalEntry, clean: (text: string) => string): string {
  const stored: Record<string, string | number | boolean> = {};
  // A replacer of JSON.stringify would take most of the time that a line costs.
  for (const [key, value] of Object.entries(entry)) {
    if (value !== undefined) stored[key] = typeof value === "string" ? text(key, value) : value;
  }
  return JSON.stringify(stored);

  function text(key: string, value: string): string {
    if (key === "command") return cut(clean(value), longestCommand);
    if (key === "cwd" || key === "reason" || key === "error") return cut(clean(value), longestText);
    return cut(value, longestName);
  }
}

/** Undefined for a line that is none of ours: somebody has edited it. */
export function decodeEntry(line: string): JournalEntry | undefined {
  const parsed = journalEntry.safeParse(parseJson(line)?.value);
  return parsed.success ? parsed.data : undefined;
}

function cut(value: string, most: number): string {
  // Half of a surrogate pair is no text.
  return value.length <= most ? value : `${value.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…`;
}
