// The journal on real disks: full ones, broken ones, and read while it is written.
import { describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { verifyChain } from "../../src/journal/chain.ts";
import { JournalFile } from "../../src/journal/journal.ts";
import type { StoredRun } from "../../src/journal/stored-run.ts";
import { linesAfter, readLink } from "../../src/journal/tables.ts";
import { systemDatabases } from "../../src/platform/database.ts";
import type { Clock, SqlFiles } from "../../src/platform/ports.ts";
import { systemDatabaseReader } from "../../src/platform/sqlite-copy.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { Scratch } from "../fakes/scratch.ts";

const day = 86_400_000;
const mebibyte = 1024 * 1024;

interface Bounds {
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
}

class Keeping extends Scratch {
  readonly log = new CollectedLog();
  readonly clock = new ManualClock();
  readonly state = this.directory("state");
  readonly database = this.at("state", "journal.db");

  open(
    bounds: Bounds = {},
    path = this.database,
    clock: Clock = this.clock,
    databases: SqlFiles = systemDatabases,
  ): JournalFile {
    return new JournalFile(
      { clock, log: this.log, databases, copies: systemDatabaseReader },
      {
        path,
        maxAgeMs: 30 * day,
        maxBytes: 64 * mebibyte,
        clean: (text) => text.replaceAll("hunter2", "***"),
        ...bounds,
      },
    );
  }

  verdict(path = this.database) {
    const file = systemDatabases.open(path, "read");
    try {
      return verifyChain(linesAfter(file, -1), readLink(file, "anchor"), readLink(file, "head"));
    } finally {
      file.close();
    }
  }

  entries(path = this.database): any[] {
    const database = new Database(path, { readonly: true });
    const rows = database.query("SELECT entry FROM entries ORDER BY seq").all();
    database.close();
    return rows.map((row: any) => JSON.parse(row.entry));
  }

  told(level: string): string[] {
    return this.log.lines.filter((line) => line.level === level).map(({ message }) => message);
  }
}

const request = (number: number) =>
  ({
    kind: "request",
    method: "system.run",
    invoke: `i-${number}`,
    command: "x".repeat(200),
  }) as const;

const run: StoredRun = {
  seq: 1,
  gateway: "g",
  id: "i-1",
  key: null,
  digest: "d",
  state: "ended",
  at: new ManualClock().now(),
  brief: "{}",
  summary: "exit code 0",
  answer: "the answer",
  pending: 1,
};

describe("lines", () => {
  test("are there for the next who opens it, in a file of the owner's", async () => {
    using scene = new Keeping();
    const journal = scene.open();
    journal.append(request(1));
    await journal.written();
    // No close: as after SIGKILL.
    expect(scene.entries()).toEqual([request(1)]);
    expect(statSync(scene.database).mode & 0o777).toBe(0o600);
    const next = scene.open();
    next.append(request(2));
    next.close();
    expect(scene.verdict()).toEqual({ ok: true, lines: 2 });
    journal.close();
  });

  test("have no secrets in them, and are no longer than wanted", () => {
    using scene = new Keeping();
    const journal = scene.open();
    const long = "y".repeat(100_000);
    journal.append({
      kind: "request",
      invoke: long,
      command: `say hunter2 ${long}`,
      cwd: "/hunter2",
    });
    journal.close();
    const [line] = scene.entries();
    expect(line.command).toStartWith("say *** yyy");
    expect(line.cwd).toBe("/***");
    expect(JSON.stringify(line).length).toBeLessThan(2500);
  });

  test("are read by two while they are written", async () => {
    using scene = new Keeping();
    const journal = scene.open();
    journal.append(request(0));
    await journal.written();
    const readers = [0, 1].map(() => systemDatabases.open(scene.database, "read"));
    for (let number = 1; number <= 300; number += 1) {
      journal.append(request(number));
      await journal.written();
      if (number % 50 !== 0) continue;
      for (const reader of readers) {
        reader.run("BEGIN");
        const verdict = verifyChain(
          linesAfter(reader, -1),
          readLink(reader, "anchor"),
          readLink(reader, "head"),
        );
        reader.run("COMMIT");
        expect(verdict).toEqual({ ok: true, lines: number + 1 });
      }
    }
    for (const reader of readers) reader.close();
    journal.close();
    expect(scene.told("error")).toEqual([]);
  });
});

describe("an edited file shows", () => {
  test.each([
    ["a changed line", "UPDATE entries SET entry = replace(entry, 'i-3', 'i-9') WHERE seq = 3", 3],
    ["a removed line", "DELETE FROM entries WHERE seq = 3", 3],
    ["the newest lines cut off", "DELETE FROM entries WHERE seq > 3", 4],
    ["the oldest lines cut off", "DELETE FROM entries WHERE seq < 3", 1],
    ["a value of another type", "UPDATE entries SET time = 'soon' WHERE seq = 2", 2],
    ["all lines removed", "DELETE FROM entries", 1],
  ])("%s", (_what, sql, seq) => {
    using scene = new Keeping();
    const journal = scene.open();
    for (let number = 1; number <= 5; number += 1) journal.append(request(number));
    journal.close();
    const database = new Database(scene.database);
    database.run(sql);
    database.close();
    expect(scene.verdict()).toMatchObject({ ok: false, seq });
    // Also after the host has gone on.
    const next = scene.open();
    next.append(request(6));
    next.close();
    expect(scene.verdict()).toMatchObject({ ok: false, seq });
  });
});

describe("bounds", () => {
  test("of age: old lines go, and the rest is whole", () => {
    using scene = new Keeping();
    const journal = scene.open({ maxAgeMs: day });
    for (let number = 0; number < 10; number += 1) journal.append(request(number));
    scene.clock.advance(2 * day);
    journal.append(request(10));
    scene.clock.advance(1000);
    journal.close();
    expect(scene.entries().map(({ invoke }) => invoke)).toEqual(["i-10"]);
    expect(scene.verdict()).toEqual({ ok: true, lines: 1 });
  });

  test("of size: the file stays small, and the newest lines are in it", async () => {
    using scene = new Keeping();
    const journal = scene.open({ maxBytes: mebibyte });
    for (let number = 0; number < 12_000; number += 1) {
      journal.append(request(number));
      if (number % 100 !== 0) continue;
      await journal.written();
      scene.clock.advance(100);
    }
    scene.clock.advance(10_000);
    journal.close();
    expect(statSync(scene.database).size).toBeLessThan(2 * mebibyte);
    expect(scene.entries().at(-1).invoke).toBe("i-11999");
    expect(scene.verdict()).toMatchObject({ ok: true });
  });

  test("made smaller: what is too much goes", () => {
    using scene = new Keeping();
    const first = scene.open();
    for (let number = 0; number < 10_000; number += 1) first.append(request(number));
    first.close();
    const large = statSync(scene.database).size;
    const next = scene.open({ maxBytes: mebibyte });
    next.append(request(10_000));
    scene.clock.advance(10_000);
    next.close();
    expect(large).toBeGreaterThan(3 * mebibyte);
    expect(statSync(scene.database).size).toBeLessThan(1.5 * mebibyte);
    expect(scene.verdict()).toMatchObject({ ok: true });
  });
});

describe("runs", () => {
  test("are known to the next host until they are delivered and ten minutes are over", () => {
    using scene = new Keeping();
    const first = scene.open();
    first.keepRun(run);
    first.keepRun({ ...run, seq: 2, gateway: "another" });
    first.close();
    const second = scene.open();
    expect(second.runs("g")).toEqual([run]);
    expect(second.nextRun()).toBe(3);
    second.settleRun(1);
    second.close();
    const third = scene.open();
    expect(third.runs("g")).toEqual([{ ...run, answer: null, pending: 0 }]);
    scene.clock.advance(601_000);
    third.append(request(1));
    third.close();
    scene.clock.advance(61_000);
    const fourth = scene.open();
    fourth.append(request(2));
    scene.clock.advance(1000);
    expect(fourth.runs("g")).toEqual([]);
    expect(fourth.runs("another")).toHaveLength(1);
    fourth.close();
  });

  test("are known while the file cannot be opened, and none of them is replaced afterwards", async () => {
    using scene = new Keeping();
    const first = scene.open();
    first.keepRun(run);
    first.close();
    let readOnly = true;
    const databases: SqlFiles = {
      ...systemDatabases,
      open(path, access) {
        if (readOnly) throw Object.assign(new Error("EROFS: read-only"), { code: "EROFS" });
        return systemDatabases.open(path, access);
      },
    };
    const second = scene.open({}, scene.database, scene.clock, databases);
    expect(second.runs("g")).toEqual([run]);
    expect(second.runs("another")).toEqual([]);
    const seq = second.nextRun();
    second.keepRun({ ...run, seq, id: "i-2" });
    readOnly = false;
    scene.clock.advance(61_000);
    await second.written();
    expect(second.runs("g").map(({ id }) => id)).toEqual(["i-1", "i-2"]);
    second.close();
  });

  test("leave nothing of their answers in the file", () => {
    using scene = new Keeping();
    const journal = scene.open();
    journal.keepRun({ ...run, answer: "a-telling-output ".repeat(2000) });
    scene.clock.advance(100);
    journal.settleRun(1);
    journal.close();
    expect(scene.read("state/journal.db")).not.toContain("telling");
  });
});

describe("a file that is no journal", () => {
  test.each([
    ["text", "this is no database at all, but it is long enough to be read as one".repeat(100)],
    ["a beginning cut off", "SQLite format 3\0"],
    ["noise behind the right beginning", `SQLite format 3\0${"\u0007".repeat(9000)}`],
  ])("%s is kept under another name, told once, and a new one begun", async (_what, text) => {
    using scene = new Keeping();
    writeFileSync(scene.database, text);
    const journal = scene.open();
    journal.append(request(1));
    await journal.written();
    scene.clock.advance(1000);
    await journal.written();
    journal.close();
    const broken = readdirSync(scene.state).filter((name) => name.includes(".broken-"));
    expect(broken).toHaveLength(1);
    expect(scene.read(`state/${broken[0]}`)).toBe(text);
    expect(scene.told("warn")).toHaveLength(1);
    expect(scene.told("warn")[0]).toContain(".broken-");
    expect(scene.told("error")).toEqual([]);
    expect(scene.verdict()).toEqual({ ok: true, lines: 1 });
  });
});

/** A disk of its own that is soon full; undefined where none may be mounted. */
class SmallDisk implements Disposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static mount(path: string): SmallDisk | undefined {
    const words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path];
    try {
      return Bun.spawnSync(words).success ? new SmallDisk(path) : undefined;
    } catch {
      return undefined;
    }
  }

  fill(): void {
    Bun.spawnSync(["dd", "if=/dev/zero", `of=${this.path}/ballast`, "bs=1k"]);
  }

  empty(): void {
    rmSync(`${this.path}/ballast`);
  }

  [Symbol.dispose](): void {
    Bun.spawnSync(["umount", this.path]);
  }
}

const mountable = (() => {
  using scratch = new Scratch();
  using disk = SmallDisk.mount(scratch.directory("disk"));
  return disk !== undefined;
})();

describe("a disk that fails", () => {
  // Mounting takes root.
  test.skipIf(!mountable)(
    "being full is told once; afterwards the journal says what is missing",
    async () => {
      using scene = new Keeping();
      using disk = SmallDisk.mount(scene.directory("disk"));
      const journal = scene.open({}, `${disk?.path}/journal.db`);
      journal.append(request(1));
      await journal.written();
      disk?.fill();
      for (let number = 2; number < 4000; number += 1) {
        journal.append(request(number));
        if (number % 50 === 0) await journal.written();
        scene.clock.advance(100);
      }
      expect(scene.told("error")).toHaveLength(1);
      expect(scene.told("error")[0]).toContain("commands run without it");
      disk?.empty();
      scene.clock.advance(61_000);
      journal.append(request(4000));
      await journal.written();
      expect(scene.told("error")).toHaveLength(1);
      expect(scene.told("info")).toEqual(["the journal is written again"]);
      journal.close();
      const entries = scene.entries(`${disk?.path}/journal.db`);
      const gap = entries.find(({ kind }) => kind === "gap");
      expect(gap.lost).toBeGreaterThan(1000);
      expect(entries.at(-1).invoke).toBe("i-4000");
      // Nothing is lost that is not told.
      expect(entries.length - 1 + gap.lost).toBe(4000);
      expect(scene.verdict(`${disk?.path}/journal.db`)).toMatchObject({ ok: true });
    },
  );

  test.each([
    ["a directory that is not there", (scene: Keeping) => scene.at("nowhere", "journal.db")],
    ["a directory in place of the file", (scene: Keeping) => scene.directory("dir")],
  ])("by %s is told once", async (_what, path) => {
    using scene = new Keeping();
    const journal = scene.open({}, path(scene));
    for (let number = 0; number < 100; number += 1) {
      journal.append(request(number));
      await journal.written();
      scene.clock.advance(10_000);
    }
    expect(journal.runs("g")).toEqual([]);
    expect(scene.told("error")).toHaveLength(1);
    journal.close();
  });

  test("by another who holds the database is no failure: it is written soon after", async () => {
    using scene = new Keeping();
    const journal = scene.open();
    const other = new Database(scene.database);
    other.run("BEGIN IMMEDIATE");
    journal.append(request(1));
    await journal.written();
    expect(scene.entries()).toEqual([]);
    other.run("COMMIT");
    other.close();
    scene.clock.advance(2000);
    journal.append(request(2));
    await journal.written();
    expect(scene.entries().map(({ invoke }) => invoke)).toEqual(["i-1", "i-2"]);
    expect(scene.log.lines).toEqual([]);
    journal.close();
  });

  test("by a journal of a later version leaves it as it is", () => {
    using scene = new Keeping();
    const database = new Database(scene.database, { create: true });
    database.run("PRAGMA user_version = 99");
    database.close();
    const journal = scene.open();
    journal.append(request(1));
    journal.close();
    expect(scene.told("error")[0]).toContain("a newer version");
    expect(readdirSync(scene.state).filter((name) => name.includes("broken"))).toEqual([]);
  });
});
