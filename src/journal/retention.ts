/** Keeps the journal within its age and size: the oldest lines go, and the chain says where. */
import type { SqlFile } from "../platform/ports.ts";
import { readLink, usedBytes, writeLink } from "./tables.ts";

export interface Retention {
  readonly maxAgeMs: number;
  /** Of the file; the log of SQLite beside it takes up to 4 MiB more. */
  readonly maxBytes: number;
}

/** Lines that go in one step: more would hold up whatever else is to be done. */
const step = 1000;

/** Removes old lines, within one transaction; true when there is more to remove. */
export function retain(file: SqlFile, { maxAgeMs, maxBytes }: Retention, now: number): boolean {
  const anchor = readLink(file, "anchor");
  const oldest = file.rows("SELECT seq, time FROM entries ORDER BY seq LIMIT 1")[0];
  if (oldest === undefined) return false;
  const tooLarge = usedBytes(file) > maxBytes;
  const tooOld = Number(oldest["time"]) < now - maxAgeMs;
  if (!tooLarge && !tooOld) return false;
  const bound = anchor.seq + step;
  const [last] = file.rows(
    "SELECT seq, hash FROM entries WHERE seq <= ? AND (? OR time < ?) ORDER BY seq DESC LIMIT 1",
    bound,
    tooLarge ? 1 : 0,
    now - maxAgeMs,
  );
  // The newest line stays, whatever the bounds: it is where the chain goes on.
  if (last === undefined) return false;
  const seq = Number(last["seq"]);
  writeLink(file, "anchor", { seq, hash: String(last["hash"]) });
  file.run("DELETE FROM entries WHERE seq <= ?", seq);
  return true;
}
