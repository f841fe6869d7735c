/** What a line of the journal says. */
import * as z from "zod/mini";

import { parseJson } from "../lib/json.ts";

const text = z.optional(z.string());
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
  invoke: text,
  method: text,
  gateway: text,
  key: text,
  run: text,
  agent: text,
  session: text,
  command: text,
  cwd: text,
  allowed: yesOrNo,
  ok: yesOrNo,
  code: text,
  reason: text,
  pid: number,
  exit: number,
  signal: text,
  timedOut: yesOrNo,
  error: text,
  /** Milliseconds from start to end. */
  ms: number,
  /** Bytes of output that were kept for the result. */
  bytes: number,
  /** Id of the request that asked again. */
  by: text,
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
  return JSON.stringify(entry, (key, value: unknown) => {
    if (typeof value !== "string") return value;
    if (key === "command") return cut(clean(value), longestCommand);
    if (key === "cwd" || key === "reason" || key === "error") return cut(clean(value), longestText);
    return cut(value, longestName);
  });
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
