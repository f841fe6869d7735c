import { mkdirSync, readdirSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { systemFiles } from "../../src/platform/files.ts";
import { systemKernelLock } from "../../src/platform/kernel-lock.ts";
import type { KernelLock } from "../../src/platform/ports.ts";
import { enterWorkplace } from "../../src/update/workplace.ts";
import { Scratch } from "../fakes/scratch.ts";

const uid = process.getuid?.();

function enter(scratch: Scratch, lock: KernelLock = systemKernelLock, owner = uid) {
  return enterWorkplace({ files: systemFiles, lock }, scratch.at("bin/clawdbot"), owner);
}

describe("enterWorkplace", () => {
  test("makes a directory beside the program, and leaves nothing", () => {
    using scratch = new Scratch();
    scratch.program("bin/clawdbot");
    const place = enter(scratch);
    expect(systemFiles.stat(place.directory, false)).toMatchObject({ mode: 0o700 });
    scratch.file("bin/.clawdbot.update/half", "x");
    place.leave();
    expect(readdirSync(scratch.at("bin"))).toEqual(["clawdbot"]);
  });

  test("lets one in at a time", () => {
    using scratch = new Scratch();
    scratch.program("bin/clawdbot");
    const first = enter(scratch);
    expect(() => enter(scratch)).toThrow("another update of this program is under way");
    first.leave();
    enter(scratch).leave();
    expect(readdirSync(scratch.at("bin"))).toEqual(["clawdbot"]);
  });

  test("removes what a killed update left", () => {
    using scratch = new Scratch();
    scratch.program("bin/clawdbot");
    scratch.file("bin/.clawdbot.update/new", "x");
    scratch.file("bin/.clawdbot.update.lock", "");
    const place = enter(scratch);
    expect(readdirSync(place.directory)).toEqual([]);
    place.leave();
  });

  test("a lock whose file went with its holder is taken anew", () => {
    using scratch = new Scratch();
    scratch.program("bin/clawdbot");
    let removed = false;
    const lock: KernelLock = {
      tryTake(path) {
        const release = systemKernelLock.tryTake(path);
        // As if the holder before had removed the file between our opening and our locking.
        if (!removed) systemFiles.remove(path);
        removed = true;
        return release;
      },
      tryShare: (path) => systemKernelLock.tryShare(path),
    };
    const place = enter(scratch, lock);
    expect(() => enter(scratch)).toThrow("another update");
    place.leave();
  });

  test("a directory or a link of somebody else is not used", () => {
    using scratch = new Scratch();
    scratch.program("bin/clawdbot");
    mkdirSync(scratch.at("bin/.clawdbot.update"));
    scratch.file("bin/.clawdbot.update/sub/file", "x");
    expect(() => enter(scratch, systemKernelLock, (uid ?? 0) + 1)).toThrow("somebody else made it");
    expect(scratch.has("bin/.clawdbot.update.lock")).toBe(false);
    using other = new Scratch();
    other.program("bin/clawdbot");
    other.file("target/precious", "x");
    other.link("bin/.clawdbot.update", "../target");
    expect(() => enter(other)).toThrow("somebody else made it");
    expect(other.read("target/precious")).toBe("x");
  });

  test.each([
    ["EACCES", "it cannot be written by this account"],
    ["EROFS", "its file system is read-only"],
    ["ENOSPC", "the disk is full"],
  ])("%s: %s", (code, problem) => {
    using scratch = new Scratch();
    scratch.program("bin/clawdbot");
    const lock: KernelLock = {
      tryTake() {
        throw Object.assign(new Error(code), { code });
      },
      tryShare: () => undefined,
    };
    expect(() => enter(scratch, lock)).toThrow(problem);
    expect(readdirSync(scratch.at("bin"))).toEqual(["clawdbot"]);
  });
});
