/** The chain of hashes that makes an edited journal show. */
/** A place in the chain: what the next line is hashed with. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

export interface Line {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly entry: string;
  readonly hash: string;
}

/** What stands before the first line. */
export const beginning: Link = { seq: 0, hash: "0".repeat(64) };

export function lineAfter(before: Link, time: number, entry: string): Line {
  const seq = before.seq + 1;
  const hash = Bun.SHA256.hash(`${before.hash}\n${seq}\n${time}\n${entry}`, "hex");
  return { seq, time, entry, hash };
}

export type Verdict =
  | { readonly ok: true; readonly lines: number }
  | { readonly ok: false; readonly seq: number; readonly problem: string };

/**
 * Walks the lines from the oldest. `anchor` stands before the oldest that is kept; `head` is a
 * line near the newest that was noted elsewhere.
 */
export function verifyChain(lines: Iterable<Line>, anchor: Link, head: Link): Verdict {
  let before = anchor;
  let count = 0;
  for (const line of lines) {
    const expected = lineAfter(before, line.time, line.entry);
    if (line.seq !== expected.seq) {
      return { ok: false, seq: expected.seq, problem: `it is missing; the next is ${line.seq}` };
    }
    if (line.hash !== expected.hash || (line.seq === head.seq && line.hash !== head.hash)) {
      return { ok: false, seq: line.seq, problem: "it was changed, or what stands before it" };
    }
    before = line;
    count += 1;
  }
  if (before.seq >= head.seq) return { ok: true, lines: count };
  const rest = head.seq === before.seq + 1 ? "" : `, and all after it up to ${head.seq}`;
  return { ok: false, seq: before.seq + 1, problem: `it is missing${rest}` };
}
