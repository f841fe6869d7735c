// What is kept about the use of an allowlist: when it is stored, how much of it, and what never is.
import { describe, expect, test } from "bun:test";
import { Redactor } from "../../src/lib/redact.ts";
import { UsageRecord } from "../../src/node/usage-record.ts";
import { systemFiles } from "../../src/platform/files.ts";
import type { Files } from "../../src/platform/ports.ts";
import { readUsage, writeUsage } from "../../src/state/approvals-usage.ts";
import { pathsIn } from "../../src/state/paths.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { Scratch } from "../fakes/scratch.ts";

const name = "exec-approvals-usage.json";
const git = { pattern: "/usr/bin/git", path: "/usr/bin/git" };

class Machine extends Scratch {
  readonly clock = new ManualClock(1000);
  readonly log = new CollectedLog();
  readonly redactor = new Redactor();
  files: Files = systemFiles;

  record(): UsageRecord {
    const paths = pathsIn(this.path);
    return new UsageRecord({
      clock: this.clock,
      log: this.log,
      load: () => readUsage(this.files, paths),
      store: (entries) => writeUsage(this.files, paths, entries),
      redact: (text) => this.redactor.apply(text),
    });
  }
}

describe("the use of an entry", () => {
  test("is stored some seconds later, once for all runs of that time", () => {
    using machine = new Machine();
    const record = machine.record();
    record.note("main", [git], "git status");
    machine.clock.advance(4999);
    record.note("main", [git], "git log");
    expect(machine.has(name)).toBe(false);
    machine.clock.advance(1);
    expect(machine.json(name)).toEqual({
      version: 1,
      entries: [
        {
          agent: "main",
          pattern: "/usr/bin/git",
          lastUsedAt: 5999,
          count: 2,
          lastUsedCommand: "git log",
          lastResolvedPath: "/usr/bin/git",
        },
      ],
    });
    expect(machine.clock.waiting).toBe(0);
  });

  test("is stored at the end, and counted on by the next host", () => {
    using machine = new Machine();
    const first = machine.record();
    first.note("main", [git], "git status");
    first.flush();
    expect(machine.clock.waiting).toBe(0);
    const next = machine.record();
    next.note("main", [git], "git status");
    next.note("other", [git], "git status");
    next.flush();
    const { entries } = machine.json(name);
    expect(entries.map((entry: any) => [entry.agent, entry.count])).toEqual([
      ["main", 2],
      ["other", 1],
    ]);
  });

  test("nothing used: no file, no timer", () => {
    using machine = new Machine();
    const record = machine.record();
    record.note("main", [], "git status");
    record.flush();
    expect(machine.clock.waiting).toBe(0);
    expect(machine.has(name)).toBe(false);
  });

  test("a command is one short line without known secrets", () => {
    using machine = new Machine();
    machine.redactor.add("tok-secret");
    const record = machine.record();
    record.note("main", [git], `git -c x=tok-secret \u001b[2J\n${"a".repeat(10_000)}`);
    record.flush();
    const [{ lastUsedCommand }] = machine.json(name).entries;
    expect(lastUsedCommand).toStartWith("git -c x=[redacted] \\u{1b}[2J\\na");
    expect(lastUsedCommand.length).toBeLessThan(250);
  });

  test("a thousand entries are kept, those that were used last", () => {
    using machine = new Machine();
    const record = machine.record();
    for (let index = 0; index < 1001; index += 1) {
      record.note("main", [{ pattern: `/p/${index}`, path: "/p" }], "p");
      if (index === 500) record.note("main", [{ pattern: "/p/0", path: "/p" }], "p");
    }
    record.flush();
    const patterns = machine.json(name).entries.map(({ pattern }: any) => pattern);
    expect(patterns).toHaveLength(1000);
    expect(patterns).toContain("/p/0");
    expect(patterns).not.toContain("/p/1");
  });

  test.each([["{"], ["[]"], ['{"version":1,"entries":[5]}'], ["\0"]])(
    "a file that is damaged is begun anew: %j",
    (text) => {
      using machine = new Machine();
      machine.file(name, text);
      const record = machine.record();
      record.note("__proto__", [git], "git");
      record.flush();
      expect(machine.json(name).entries).toMatchObject([{ agent: "__proto__", count: 1 }]);
    },
  );

  test("a disk that fails is told once, and what was counted is stored when it works again", () => {
    using machine = new Machine();
    const writeAtomic = (): void => {
      throw Object.assign(new Error("ENOSPC: no"), { code: "ENOSPC" });
    };
    machine.files = { ...systemFiles, writeAtomic };
    const record = machine.record();
    for (let times = 0; times < 3; times += 1) {
      record.note("main", [git], "git");
      machine.clock.advance(5000);
    }
    expect(machine.log.lines).toMatchObject([{ level: "warn" }]);
    machine.files = systemFiles;
    record.note("main", [git], "git");
    machine.clock.advance(5000);
    expect(machine.json(name).entries).toMatchObject([{ count: 4 }]);
  });
});
