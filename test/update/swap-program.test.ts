// Both orders of renames on real files; each of their steps may fail.
import { readdirSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { systemFiles } from "../../src/platform/files.ts";
import { systemProgramFiles } from "../../src/platform/program-files.ts";
import type { ProgramFiles } from "../../src/platform/ports.ts";
import { swapProgram } from "../../src/update/swap-program.ts";
import { Scratch } from "../fakes/scratch.ts";

function scene(windows: boolean, older: boolean) {
  const scratch = new Scratch();
  scratch.program("bin/clawdbot", "old");
  if (older) scratch.program("bin/clawdbot.previous", "older");
  scratch.program("bin/work/new", "new");
  const swap = {
    program: scratch.at("bin/clawdbot"),
    replacement: scratch.at("bin/work/new"),
    previous: scratch.at("bin/clawdbot.previous"),
    directory: scratch.at("bin/work"),
    windows,
  };
  return {
    scratch,
    swap: (programs: ProgramFiles = systemProgramFiles) =>
      swapProgram({ files: systemFiles, programs }, swap),
    contents: () => ({
      program: scratch.read("bin/clawdbot"),
      previous: scratch.has("bin/clawdbot.previous")
        ? scratch.read("bin/clawdbot.previous")
        : undefined,
    }),
    [Symbol.dispose]: () => scratch[Symbol.dispose](),
  };
}

/** Fails at the step of this number, counted from 0. */
function failing(step: number): ProgramFiles {
  let count = 0;
  const guarded =
    (act: (from: string, to: string) => void) =>
    (from: string, to: string): void => {
      count += 1;
      if (count - 1 === step) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      act(from, to);
    };
  return {
    ...systemProgramFiles,
    link: guarded(systemProgramFiles.link),
    rename: guarded(systemProgramFiles.rename),
  };
}

describe.each([
  ["POSIX", false],
  ["Windows", true],
])("swapProgram on %s", (_system, windows) => {
  test.each([[true], [false]])("keeps the old program (an older one is there: %p)", (older) => {
    using s = scene(windows, older);
    const takeBack = s.swap();
    expect(s.contents()).toEqual({ program: "new", previous: "old" });
    takeBack();
    expect(s.contents()).toEqual({ program: "old", previous: older ? "older" : undefined });
  });

  test.each<[number, boolean]>([
    [0, true],
    [1, true],
    [2, true],
    [0, false],
    [1, false],
  ])("step %d fails (an older one is there: %p): everything is as it was", (step, older) => {
    using s = scene(windows, older);
    expect(() => s.swap(failing(step))).toThrow("no space");
    expect(s.contents()).toEqual({ program: "old", previous: older ? "older" : undefined });
    expect(readdirSync(s.scratch.at("bin/work"))).toEqual(["new"]);
  });
});
