/** Runs that were started not long ago: asked for again, they are not run again. */
import * as z from "zod/mini";

import type { SqlFile } from "../platform/ports.ts";

const storedRun = z.object({
  seq: z.int(),
  gateway: z.string(),
  /** The gateway's id of the request. */
  id: z.string(),
  key: z.nullable(z.string()),
  /** Of what was asked for. */
  digest: z.string(),
  state: z.enum(["running", "ended", "unknown"]),
  /** Of the last change, milliseconds since the epoch. */
  at: z.number(),
  /** JSON: what the report of its end has to say. */
  brief: z.string(),
  /** How it ended, for people: `exit code 0`. */
  summary: z.string(),
  /** JSON of the answer until it is delivered. */
  answer: z.nullable(z.string()),
  /** 1 until the gateway has taken the answer. */
  pending: z.number(),
});

export type StoredRun = z.infer<typeof storedRun>;

export function insertRun(file: SqlFile, run: StoredRun): void {
  file.run(
    "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    run.seq,
    run.gateway,
    run.id,
    run.key,
    run.digest,
    run.state,
    run.at,
    run.brief,
    run.summary,
    run.answer,
    run.pending,
  );
}

/** How a stored run ended. */
export type RunEnd = Pick<StoredRun, "seq" | "state" | "at" | "summary" | "answer">;

/** The end of a run that is stored already. */
export function endRun(file: SqlFile, { seq, state, at, summary, answer }: RunEnd): void {
  const sql =
    "UPDATE runs SET state = ?, at = ?, summary = ?, answer = ?, pending = 1 WHERE seq = ?";
  file.run(sql, state, at, summary, answer, seq);
}

/** The gateway has the answers: only that the runs were is remembered. */
export function settleRuns(file: SqlFile, seqs: readonly number[]): void {
  const sql =
    "UPDATE runs SET answer = NULL, pending = 0 WHERE seq IN (SELECT value FROM json_each(?))";
  file.run(sql, JSON.stringify(seqs));
}

export function lastRun(file: SqlFile): number {
  const last = file.rows("SELECT max(seq) AS seq FROM runs")[0]?.["seq"];
  return typeof last === "number" ? last : 0;
}

/** Oldest first. */
export function readRuns(file: SqlFile, gateway: string): readonly StoredRun[] {
  return runsIn(file.rows("SELECT * FROM runs WHERE gateway = ? ORDER BY seq", gateway));
}

/** Of all gateways. */
export const everyRun = "SELECT * FROM runs ORDER BY seq";

export function runsIn(rows: readonly unknown[]): readonly StoredRun[] {
  return rows.flatMap((row) => {
    const parsed = storedRun.safeParse(row);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Runs that are looked at in one step: the oldest. */
const step = 1000;

/** Drops runs that nobody asks for again; also answers that nobody has fetched for long. */
export function expireRuns(file: SqlFile, settledBefore: number, pendingBefore: number): void {
  file.run(
    `DELETE FROM runs WHERE seq IN (SELECT seq FROM runs ORDER BY seq LIMIT ?)
      AND state <> 'running' AND ((pending = 0 AND at < ?) OR at < ?)`,
    step,
    settledBefore,
    pendingBefore,
  );
}
