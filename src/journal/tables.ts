/** The tables of `journal.db`, and how its rows are read. */
import type { SqlFile, SqlFiles } from "../platform/ports.ts";
import { type Line, type Link, beginning } from "./chain.ts";

const version = 1;

/** Opens the journal for its one writer; makes what is missing. Throws SQLite's errors. */
export function openForWriting(databases: SqlFiles, path: string): SqlFile {
  const file = databases.open(path, "write");
  try {
    file.run("PRAGMA busy_timeout = 100");
    // Has to be said before the first table is made.
    file.run("PRAGMA auto_vacuum = INCREMENTAL");
    file.rows("PRAGMA journal_mode = WAL");
    // Written before anything is spawned, flushed to the disk at checkpoints: what a killed
    // process has written stays; only a power cut may take the newest lines.
    file.run("PRAGMA synchronous = NORMAL");
    file.rows("PRAGMA journal_size_limit = 4194304");
    // Each waits for the disk, and every command with it; four times as far apart as usual.
    file.rows("PRAGMA wal_autocheckpoint = 4000");
    // Answers are kept only until they are delivered, and then really gone.
    file.rows("PRAGMA secure_delete = ON");
    const found = numberOf(file.rows("PRAGMA user_version"), "user_version");
    if (found > version) throw new Error("it was written by a newer version of this program");
    // A full disk keeps nobody from reading what is there.
    if (found < version) {
      file.run("BEGIN IMMEDIATE");
      for (const table of tables) file.run(table);
      file.run(`PRAGMA user_version = ${version}`);
      file.run("COMMIT");
    }
    // Tables of these names and of another form are somebody else's.
    for (const probe of probes) file.rows(probe);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

const tables = [
  "CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, entry TEXT NOT NULL, hash TEXT NOT NULL)",
  "CREATE TABLE IF NOT EXISTS links (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL)",
  `CREATE TABLE IF NOT EXISTS runs (seq INTEGER PRIMARY KEY, gateway TEXT NOT NULL, id TEXT NOT NULL, key TEXT,
    digest TEXT NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL, brief TEXT NOT NULL,
    summary TEXT NOT NULL, answer TEXT, pending INTEGER NOT NULL)`,
];

const probes = [
  "SELECT seq, time, entry, hash FROM entries LIMIT 0",
  "SELECT name, seq, hash FROM links LIMIT 0",
  "SELECT seq, gateway, id, key, digest, state, at, brief, summary, answer, pending FROM runs LIMIT 0",
];

export function insertLine(file: SqlFile, { seq, time, entry, hash }: Line): void {
  const sql = "INSERT INTO entries (seq, time, entry, hash) VALUES (?, ?, ?, ?)";
  file.run(sql, seq, time, entry, hash);
}

/** The end of the chain, or the place before its oldest line. */
export function readLink(file: SqlFile, name: "head" | "anchor"): Link {
  const [row] = file.rows("SELECT seq, hash FROM links WHERE name = ?", name);
  return row === undefined ? beginning : linkOf(row);
}

export function writeLink(file: SqlFile, name: "head" | "anchor", { seq, hash }: Link): void {
  file.run("INSERT OR REPLACE INTO links VALUES (?, ?, ?)", name, seq, hash);
}

const slice = 1000;

/**
 * The line that the next one follows. The written end of the chain may be older, and it is newer
 * where somebody has cut lines off: the place that they leave shows.
 */
export function lastLink(file: SqlFile, head: Link): Link {
  const [row] = file.rows("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1");
  const last = row === undefined ? beginning : linkOf(row);
  return last.seq >= head.seq ? last : head;
}

/** Lines behind `after`, oldest first; read in slices, so that a long journal needs no memory. */
export function* linesAfter(file: SqlFile, after: number): Generator<Line> {
  for (let seq = after; ;) {
    const sql = "SELECT seq, time, entry, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?";
    const lines = file.rows(sql, seq, slice).map(lineOf);
    yield* lines;
    const last = lines.at(-1);
    if (last === undefined || lines.length < slice) return;
    seq = last.seq;
  }
}

/** Lines up to the newest, newest first. */
export function* linesBackwards(file: SqlFile): Generator<Line> {
  for (let seq = Number.MAX_SAFE_INTEGER; ;) {
    const sql =
      "SELECT seq, time, entry, hash FROM entries WHERE seq < ? ORDER BY seq DESC LIMIT ?";
    const lines = file.rows(sql, seq, slice).map(lineOf);
    yield* lines;
    const last = lines.at(-1);
    if (last === undefined || lines.length < slice) return;
    seq = last.seq;
  }
}

/** Bytes of the file that are in use. */
export function usedBytes(file: SqlFile): number {
  const pages = numberOf(file.rows("PRAGMA page_count"), "page_count");
  const free = numberOf(file.rows("PRAGMA freelist_count"), "freelist_count");
  return (pages - free) * numberOf(file.rows("PRAGMA page_size"), "page_size");
}

function numberOf(rows: readonly Readonly<Record<string, unknown>>[], name: string): number {
  const value = rows[0]?.[name];
  return typeof value === "number" ? value : 0;
}

/** SQLite takes any value in any column; whoever edits the file may have put one there. */
function lineOf(row: Readonly<Record<string, unknown>>): Line {
  return {
    ...linkOf(row),
    time: Number(row["time"]),
    entry: String(row["entry"]),
  };
}

function linkOf(row: Readonly<Record<string, unknown>>): Link {
  return { seq: Number(row["seq"]), hash: String(row["hash"]) };
}
