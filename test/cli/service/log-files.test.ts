import { describe, expect, test } from "bun:test";
import type { CliContext } from "../../../src/cli/context.ts";
import { followFiles, lastLines } from "../../../src/cli/service/log-files.ts";
import { systemFiles } from "../../../src/platform/files.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";
import { Scratch } from "../../fakes/scratch.ts";

describe("lastLines", () => {
  test("of one file, of two, of none", () => {
    using scratch = new Scratch();
    const log = scratch.file("node.log", "one\ntwo\nthree\n");
    const crash = scratch.file("node.err.log", "");
    const missing = scratch.at("missing");
    expect(lastLines(systemFiles, [log, crash, missing], 2)).toBe("two\nthree\n");
    expect(lastLines(systemFiles, [log], 0)).toBe("");
    expect(lastLines(systemFiles, [missing], 5)).toBe("");
    scratch.file("node.err.log", "panic\n");
    expect(lastLines(systemFiles, [log, crash], 1)).toBe(
      `==> ${log} <==\nthree\n\n==> ${crash} <==\npanic\n`,
    );
  });
});

test("followFiles writes what is added, and begins again with a new file", async () => {
  using scratch = new Scratch();
  const log = scratch.file("node.log", "before\n");
  const clock = new ManualClock();
  let shown = "";
  let interrupt = (): void => undefined;
  // What following uses of a command's context.
  const context = {
    files: systemFiles,
    clock,
    out: { isTerminal: false, write: (text: string) => (shown += text) },
    onSignal(listener: () => void) {
      interrupt = listener;
      return () => undefined;
    },
  } as unknown as CliContext;
  const ended = followFiles(context, [log]);
  scratch.file("node.log", "before\nmore\n");
  clock.advance(1000);
  expect(shown).toBe("more\n");
  scratch.file("node.log", "new\n");
  clock.advance(1000);
  expect(shown).toBe("more\nnew\n");
  interrupt();
  await ended;
  scratch.file("node.log", "new\nlater\n");
  clock.advance(5000);
  expect(shown).toBe("more\nnew\n");
});
