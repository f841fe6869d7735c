// `node history` over a real journal.
import { describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JournalFile } from "../../src/journal/journal.ts";
import type { JournalEntry } from "../../src/journal/entry.ts";
import { systemDatabases } from "../../src/platform/database.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { CommandLine } from "../fakes/command-line.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { until } from "../fakes/processes.ts";

const hour = 3_600_000;

/** A machine with a journal; `at` is how many hours ago a line was written. */
class Machine extends CommandLine {
  readonly state = join(this.home, ".clawdbot");
  readonly path = join(this.state, "journal.db");

  constructor() {
    super();
    mkdirSync(this.state);
  }

  write(hoursAgo: number, ...entries: readonly JournalEntry[]): void {
    const journal = new JournalFile(
      {
        clock: new ManualClock(Date.now() - hoursAgo * hour),
        log: new CollectedLog(),
        databases: systemDatabases,
      },
      { path: this.path, maxAgeMs: 1e10, maxBytes: 1e8, clean: (text) => text },
    );
    for (const entry of entries) journal.append(entry);
    journal.close();
  }

  /** What happened on it. */
  fill(): void {
    const run = (invoke: string, agent: string, command: string): JournalEntry => ({
      kind: "request",
      method: "system.run",
      invoke,
      run: `run-${invoke}`,
      agent,
      command,
      cwd: "/srv",
    });
    this.write(
      50,
      run("aaaa-1", "main", "make all"),
      { kind: "decision", invoke: "aaaa-1", allowed: true },
      { kind: "start", invoke: "aaaa-1" },
      { kind: "spawned", invoke: "aaaa-1", pid: 77 },
      run("bbbb-2", "bot", "rm -rf /"),
      { kind: "end", invoke: "aaaa-1", ok: false, exit: 2, ms: 65_000, bytes: 2048 },
      {
        kind: "decision",
        invoke: "bbbb-2",
        allowed: false,
        code: "allowlist-miss",
        reason: "SYSTEM_RUN_DENIED: no",
      },
    );
    this.write(
      1,
      run("aaaa-3", "bot", "sleep \u001b[31m9"),
      { kind: "start", invoke: "aaaa-3" },
      { kind: "unknown", invoke: "aaaa-3" },
      { kind: "gap", lost: 3 },
      { kind: "repeat", invoke: "aaaa-3", by: "x" },
      { kind: "request", method: "system.which", invoke: "w" },
      { kind: "answer", invoke: "w", ok: true },
    );
  }
}

describe("node history", () => {
  test("without a journal says so, and is no failure", async () => {
    using machine = new Machine();
    expect(await machine.call("node", "history")).toEqual({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("There is no journal yet"),
    });
    expect(await machine.json("node", "history")).toEqual({ v: 1, entries: [] });
    expect((await machine.call("node", "history", "--verify")).code).toBe(0);
    expect((await machine.call("node", "history", "show", "1")).code).toBe(1);
  });

  test("shows a line for each request, the newest last, safe to print", async () => {
    using machine = new Machine();
    machine.fill();
    const { code, stdout } = await machine.call("node", "history");
    const lines = stdout.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^NO +TIME +AGENT +OUTCOME +TOOK +COMMAND$/);
    expect(lines[1]).toMatch(/^1 .* main +exit 2 +1 min 5 s +make all$/);
    expect(lines[2]).toMatch(/^5 .* bot +denied: allowlist-miss +- +rm -rf \/$/);
    expect(lines[3]).toMatch(
      /^8 .* bot +unknown: host ended \(asked 2 times\) +- +sleep \\u\{1b\}\[31m9$/,
    );
    expect(lines[4]).toMatch(/^13 .* - +done +- +system\.which$/);
    expect(lines).toHaveLength(5);
  });

  test.each([
    [
      ["--agent", "bot"],
      ["bbbb-2", "aaaa-3"],
    ],
    [["--denied"], ["bbbb-2"]],
    [
      ["--since", "2h"],
      ["aaaa-3", "w"],
    ],
    [
      ["--since", "2000-01-01"],
      ["aaaa-1", "bbbb-2", "aaaa-3", "w"],
    ],
    [["--since", "9999-01-01"], []],
    [["--limit", "1"], ["w"]],
    [["--limit", "0"], []],
    [["--agent", "bot", "--limit", "1"], ["aaaa-3"]],
    [["--agent", "nobody"], []],
  ])("%p", async (words, ids) => {
    using machine = new Machine();
    machine.fill();
    const { entries } = await machine.json("node", "history", ...words);
    expect(entries.map(({ invoke }: any) => invoke)).toEqual(ids);
  });

  test("--json has everything about a run", async () => {
    using machine = new Machine();
    machine.fill();
    const { v, entries } = await machine.json("node", "history");
    expect(v).toBe(1);
    expect(entries[0]).toEqual({
      seq: 1,
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      invoke: "aaaa-1",
      method: "system.run",
      run: "run-aaaa-1",
      agent: "main",
      command: "make all",
      cwd: "/srv",
      outcome: "failed",
      allowed: true,
      pid: 77,
      exit: 2,
      ms: 65_000,
      bytes: 2048,
    });
  });

  test.each([
    [["--since", "yesterday"]],
    [["--since", "5"]],
    [["--limit", "-1"]],
    [["--limit", "many"]],
    [["tell"]],
    [["show"]],
  ])("%p is a wrong command line", async (words) => {
    using machine = new Machine();
    machine.fill();
    const { code, stdout } = await machine.call("node", "history", ...words);
    expect([code, stdout]).toEqual([2, ""]);
  });

  test("of a file that is no journal is told, and the file is left alone", async () => {
    using machine = new Machine();
    writeFileSync(machine.path, "no database ".repeat(1000));
    const { code, stderr } = await machine.call("node", "history");
    expect(code).toBe(3);
    expect(stderr).toContain(`Cannot read the journal "${machine.path}"`);
  });
});

describe("node history show", () => {
  test.each([["1"], ["aaaa-1"], ["run-aaaa-1"], ["run-aaaa-1 "]])("%j", async (id) => {
    using machine = new Machine();
    machine.fill();
    const { code, stdout } = await machine.call("node", "history", "show", id);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^request +aaaa-1$/m);
    expect(stdout).toMatch(/^process +77$/m);
    expect(stdout).toMatch(/^output +2\.0 KiB$/m);
    expect(stdout).toMatch(/^ +6 .* end +ok=false exit=2 ms=65000 bytes=2048$/m);
  });

  test.each([
    ["bbb", /no such request/],
    ["aaaa", /2 requests begin with it/],
    ["", /no such request/],
    ["zzzz", /no such request/],
  ])("%j is told apart", async (id, problem) => {
    using machine = new Machine();
    machine.fill();
    const { code, stderr } = await machine.call("node", "history", "show", id);
    expect(code).toBe(1);
    expect(stderr).toMatch(problem);
  });

  test("takes a beginning that only one has", async () => {
    using machine = new Machine();
    machine.fill();
    const { entry, lines } = await machine.json("node", "history", "show", "run-bbbb");
    expect(entry).toMatchObject({
      invoke: "bbbb-2",
      outcome: "denied",
      reason: "SYSTEM_RUN_DENIED: no",
    });
    expect(lines).toHaveLength(2);
  });
});

describe("node history --verify", () => {
  test("tells the first line that was edited, with exit code 1", async () => {
    using machine = new Machine();
    machine.fill();
    expect((await machine.call("node", "history", "--verify")).stdout).toBe(
      "The chain is whole: 14 lines.\n",
    );
    const database = new Database(machine.path);
    database.run("UPDATE entries SET entry = replace(entry, 'rm -rf', 'ls') WHERE seq = 5");
    database.close();
    const { code, stdout, stderr } = await machine.call("node", "history", "--verify");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("from line 5 on");
    const json = await machine.call("node", "history", "--verify", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ v: 1, ok: false, seq: 5 });
  });
});

describe("node history --follow", () => {
  test("goes on with what comes until it is told to stop", async () => {
    using machine = new Machine();
    machine.fill();
    const following = machine.call("node", "history", "--follow", "--json", "--limit", "1");
    await until(() => machine.stdout.includes("\n"));
    machine.write(
      0,
      { kind: "request", method: "system.run", invoke: "new", command: "date" },
      { kind: "decision", invoke: "new", allowed: true },
      { kind: "start", invoke: "new" },
    );
    await until(() => machine.stdout.includes("running"));
    machine.write(0, { kind: "end", invoke: "new", ok: true, exit: 0, ms: 1 });
    await until(() => machine.stdout.includes('"exit":0'));
    await machine.signal("SIGINT");
    const { code, stdout } = await following;
    expect(code).toBe(0);
    const shown = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(shown.map(({ invoke, outcome }) => [invoke, outcome])).toEqual([
      ["w", "done"],
      ["new", "running"],
      ["new", "done"],
    ]);
  });
});
