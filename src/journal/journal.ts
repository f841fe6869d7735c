/** The one writer of the journal. A disk that fails holds up nothing and is told once. */
import { codeOf, messageOf } from "../lib/errors.ts";
import type { Cancel, Clock, DatabaseReader, Log, SqlFile, SqlFiles } from "../platform/ports.ts";
import { type Link, beginning, lineAfter } from "./chain.ts";
import { type JournalEntry, encodeEntry } from "./entry.ts";
import { type Retention, retain } from "./retention.ts";
import {
  type RunEnd,
  type StoredRun,
  endRun,
  everyRun,
  expireRuns,
  insertRun,
  lastRun,
  readRuns,
  runsIn,
  settleRuns,
} from "./stored-run.ts";
import { insertLine, lastLink, openForWriting, readLink, writeLink } from "./tables.ts";

export interface Journal {
  /** Takes a line; it is on disk once `written` settles, and soon without that. */
  append(entry: JournalEntry): void;
  /** A number for a run that is to be stored. */
  nextRun(): number;
  /** Stores or replaces what is known of a run. */
  keepRun(run: StoredRun): void;
  /** Adds its end to a run that is stored. */
  endRun(end: RunEnd): void;
  /** The gateway has the answer. */
  settleRun(seq: number): void;
  /** What earlier hosts and this one have stored for a gateway, oldest first. */
  runs(gateway: string): readonly StoredRun[];
  /**
   * Settles when all that was taken is written, or cannot be: from then on it outlives this
   * process, however that ends. Those who ask in the same turn share one transaction.
   */
  written(): Promise<void>;
  close(): void;
}

export interface JournalPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly databases: SqlFiles;
  /** For a journal that cannot be opened where it is; absent: nothing is known of it then. */
  readonly copies?: DatabaseReader;
}

export interface JournalOptions extends Retention {
  readonly path: string;
  /** Takes secrets out of a text. */
  readonly clean: (text: string) => string;
}

/** Runs are remembered this long after their end. */
export const rememberMs = 600_000;
/** An answer that could not be delivered is of use to nobody after this time. */
const deliverMs = 86_400_000;

/** Until the next transaction that nobody waits for. */
const idleMs = 50;
const retryMs = 60_000;
const retryBusyMs = 1000;
const sweepMs = 60_000;
/** Lines after which the bounds are looked at again. */
const sweepLines = 250;
/** What waits for a disk that fails. */
const mostWaiting = 1000;
const mostWaitingBytes = 4 * 1024 * 1024;

interface Step {
  readonly bytes: number;
  /** A line of the journal, as against what is known of a run. */
  readonly line: boolean;
  write(file: SqlFile): void;
}

export class JournalFile implements Journal {
  readonly #ports: JournalPorts;
  readonly #options: JournalOptions;
  #file: SqlFile | undefined;
  #head: Link = beginning;
  #waiting: Step[] = [];
  /**
   * Runs of which the gateway has the answer. They are noted together in an idle moment: noted one by
   * one each would make its page of the file written once more.
   */
  #settled: number[] = [];
  #lost = 0;
  #lastRun = 0;
  #writtenHead: Link = beginning;
  #cancelWrite: Cancel | undefined;
  #told = false;
  /** Monotonic time before which a failing disk is left alone. */
  #retryAt = 0;
  #sweepAt = 0;
  #linesSinceSweep = 0;
  #sweepAgain = false;
  #brokenBy: unknown;
  #asideAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  /** What is known of earlier runs while the file cannot be opened. */
  #copied: readonly StoredRun[] = [];
  #turn: Promise<void> | undefined;

  constructor(ports: JournalPorts, options: JournalOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#open();
    if (this.#file === undefined) this.#readCopy();
  }

  append(entry: JournalEntry): void {
    const text = encodeEntry(entry, this.#options.clean);
    const time = this.#ports.clock.now();
    const write = (file: SqlFile): void => this.#writeLine(file, text, time);
    this.#add({ bytes: text.length, line: true, write });
  }

  keepRun(run: StoredRun): void {
    const bytes = run.brief.length + (run.answer?.length ?? 0);
    this.#add({ bytes, line: false, write: (file) => insertRun(file, run) });
  }

  endRun(end: RunEnd): void {
    const bytes = end.answer?.length ?? 0;
    this.#add({ bytes, line: false, write: (file) => endRun(file, end) });
  }

  nextRun(): number {
    this.#lastRun += 1;
    return this.#lastRun;
  }

  settleRun(seq: number): void {
    if (this.#closed) return;
    this.#settled.push(seq);
    this.#writeSoon();
  }

  runs(gateway: string): readonly StoredRun[] {
    if (this.#file === undefined) return this.#copied.filter((run) => run.gateway === gateway);
    try {
      return readRuns(this.#file, gateway);
    } catch (error) {
      this.#failed(error);
      return [];
    }
  }

  written(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        if (this.#waiting.length > 0) this.#write(false);
        resolve();
      });
    });
    return this.#turn;
  }

  /** One transaction. What can wait for a quiet moment is done in an idle one only. */
  #write(idle: boolean): void {
    if (this.#file === undefined && this.#ports.clock.monotonic() >= this.#retryAt) this.#open();
    const file = this.#file;
    if (file === undefined) return this.#trim();
    const head = this.#head;
    try {
      file.run("BEGIN IMMEDIATE");
      if (this.#lost > 0) this.#writeLine(file, gap(this.#lost), this.#ports.clock.now());
      for (const step of this.#waiting) step.write(file);
      if (idle) this.#tidy(file);
      file.run("COMMIT");
    } catch (error) {
      this.#head = head;
      this.#failed(error);
      return this.#trim();
    }
    if (this.#told) this.#ports.log.info("the journal is written again", { missing: this.#lost });
    this.#told = false;
    this.#lost = 0;
    this.#waiting = [];
    if (idle) {
      this.#writtenHead = this.#head;
      this.#settled = [];
    }
    if (this.#sweepAgain || !idle) this.#writeSoon();
  }

  close(): void {
    this.#cancelWrite?.();
    const missing = this.#waiting.length + this.#settled.length;
    if (missing > 0 || this.#head !== this.#writtenHead) this.#write(true);
    this.#closed = true;
    this.#file?.close();
    this.#file = undefined;
  }

  #writeLine(file: SqlFile, text: string, time: number): void {
    const line = lineAfter(this.#head, time, text);
    insertLine(file, line);
    this.#head = line;
    this.#linesSinceSweep += 1;
  }

  #add(step: Step): void {
    if (this.#closed) return;
    this.#waiting.push(step);
    this.#writeSoon();
  }

  #writeSoon(): void {
    if (this.#closed) return;
    this.#cancelWrite ??= this.#ports.clock.after(idleMs, () => {
      this.#cancelWrite = undefined;
      this.#write(true);
    });
  }

  /** The end of the chain, and the bounds of age and size. */
  #tidy(file: SqlFile): void {
    if (this.#head !== this.#writtenHead) writeLink(file, "head", this.#head);
    if (this.#settled.length > 0) settleRuns(file, this.#settled);
    const { clock } = this.#ports;
    const due = clock.monotonic() >= this.#sweepAt || this.#linesSinceSweep >= sweepLines;
    if (!due && !this.#sweepAgain) return;
    const now = clock.now();
    expireRuns(file, now - rememberMs, now - deliverMs);
    this.#sweepAgain = retain(file, this.#options, now);
    this.#linesSinceSweep = 0;
    this.#sweepAt = clock.monotonic() + sweepMs;
    if (this.#sweepAgain) file.rows("PRAGMA incremental_vacuum(1000)");
  }

  #open(): void {
    try {
      this.#file = this.#opened();
      this.#writtenHead = readLink(this.#file, "head");
      this.#head = lastLink(this.#file, this.#writtenHead);
      this.#lastRun = Math.max(this.#lastRun, lastRun(this.#file));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** What ran before must not run again only because the disk is full or may not be written. */
  #readCopy(): void {
    const { clock, copies } = this.#ports;
    // Numbers that no earlier run can have: these replace nothing when the file is there again.
    this.#lastRun = clock.now();
    try {
      this.#copied = copies?.read(this.#options.path, (query) => runsIn(query(everyRun))) ?? [];
    } catch {
      // There is none, or no room for a copy either: that the journal fails has been told.
    }
  }

  /** Opens the file; one that is no journal is kept under another name, and a new one begun. */
  #opened(): SqlFile {
    const { databases, log, clock } = this.#ports;
    const { path } = this.#options;
    if (this.#brokenBy === undefined) {
      try {
        return openForWriting(databases, path);
      } catch (error) {
        if (!isBroken(error)) throw error;
        this.#brokenBy = error;
      }
    }
    const aside = `${path}.broken-${clock.now()}`;
    databases.move(path, aside);
    this.#asideAt = clock.monotonic();
    log.warn(`the journal cannot be read (${messageOf(this.#brokenBy)}); it was kept as ${aside}`);
    this.#brokenBy = undefined;
    return openForWriting(databases, path);
  }

  #failed(error: unknown): void {
    const file = this.#file;
    this.#file = undefined;
    try {
      file?.close();
    } catch {
      // What cannot be closed is gone with the process.
    }
    const now = this.#ports.clock.monotonic();
    if (isBroken(error)) {
      this.#brokenBy = error;
      // A new file that breaks too is not replaced by hundreds of others.
      this.#retryAt = now - this.#asideAt < retryMs ? now + retryMs : now;
      return this.#writeSoon();
    }
    const busy = codeOf(error)?.startsWith("SQLITE_BUSY") === true;
    this.#retryAt = now + (busy ? retryBusyMs : retryMs);
    if (this.#told || busy) return;
    this.#told = true;
    this.#ports.log.error(
      `the journal "${this.#options.path}" cannot be written (${messageOf(error)}): commands run without it; tried again every minute`,
    );
  }

  /** Forgets the oldest that wait: memory is no journal. */
  #trim(): void {
    this.#settled.splice(0, this.#settled.length - mostWaiting);
    let bytes = this.#waiting.reduce((sum, step) => sum + step.bytes, 0);
    let drop = 0;
    while (this.#waiting.length - drop > mostWaiting || bytes > mostWaitingBytes) {
      const step = this.#waiting[drop];
      if (step === undefined) break;
      bytes -= step.bytes;
      if (step.line) this.#lost += 1;
      drop += 1;
    }
    this.#waiting.splice(0, drop);
  }
}

function gap(lost: number): string {
  const entry: JournalEntry = { kind: "gap", lost };
  return JSON.stringify(entry);
}

/** The file is no journal, or not any more. */
function isBroken(error: unknown): boolean {
  return /^SQLITE_(NOTADB|CORRUPT|ERROR|MISMATCH)/.test(codeOf(error) ?? "");
}

/** Where nothing is to be written: `--no-journal`, and tests of other things. */
export const noJournal: Journal = {
  append: () => {},
  nextRun: () => 0,
  keepRun: () => {},
  endRun: () => {},
  settleRun: () => {},
  runs: () => [],
  written: () => Promise.resolve(),
  close: () => {},
};
