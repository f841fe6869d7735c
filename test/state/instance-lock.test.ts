import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../src/lib/errors.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { systemKernelLock } from "../../src/platform/kernel-lock.ts";
import type { Files } from "../../src/platform/ports.ts";
import { takeInstanceLock } from "../../src/state/instance-lock.ts";
import { pathsIn } from "../../src/state/paths.ts";
import { until } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";

const source = join(import.meta.dir, "..", "..", "src");

function lock(directory: string, pid = 4711, files: Files = systemFiles) {
  const options = { lock: systemKernelLock, ownPid: pid, meetingDirectory: tmpdir() };
  return takeInstanceLock(files, pathsIn(directory), options);
}

function take(directory: string, pid?: number, files?: Files): () => void {
  return lock(directory, pid, files).release;
}

function failure(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("the lock was given");
}

describe("takeInstanceLock", () => {
  test("makes the directory and names the holder; a release makes room for the next", () => {
    using scratch = new Scratch();
    const directory = scratch.at("state");
    const release = take(directory);
    expect(scratch.json("state/node.pid")).toEqual({ pid: 4711 });
    release();
    expect(scratch.has("state/node.pid")).toBe(false);
    take(directory, 4712)();
  });

  test("a second host is refused with the first one's id and what to do about it", () => {
    using scratch = new Scratch();
    const release = take(scratch.path);
    const error = failure(() => take(scratch.path, 4712));
    expect(error.exitCode).toBe(14);
    expect(error.message).toContain(scratch.path);
    expect(error.message).toContain("process 4711 uses this state directory");
    expect(error.hint).toBe(
      "Stop it (kill 4711), or give this one a directory of its own: --profile NAME",
    );
    expect(scratch.json("node.pid")).toEqual({ pid: 4711 });
    release();
  });

  test("whichever path leads to the directory", () => {
    using scratch = new Scratch();
    const release = take(scratch.directory("state"));
    scratch.link("alias", "state");
    expect(failure(() => take(scratch.at("alias"))).exitCode).toBe(14);
    release();
  });

  test.each([["nothing"], ["{"], ['{"pid":"x"}'], ["[]"]])(
    "a note of the holder that says %j does not hide that there is one",
    (text) => {
      using scratch = new Scratch();
      const release = take(scratch.path);
      scratch.file("node.pid", text);
      const error = failure(() => take(scratch.path));
      expect(error.exitCode).toBe(14);
      expect(error.message).toContain("another process");
      expect(error.hint).toContain("fuser");
      release();
    },
  );

  test("a note of the holder that cannot be read does not hide it either", () => {
    using scratch = new Scratch();
    const release = take(scratch.path);
    const unreadable: Files = {
      ...systemFiles,
      readText() {
        throw new Error("EACCES");
      },
    };
    expect(failure(() => take(scratch.path, 1, unreadable)).exitCode).toBe(14);
    release();
  });

  test("a note that was left behind by a crash holds nobody up", () => {
    using scratch = new Scratch();
    scratch.file("node.pid", '{"pid":1}');
    const release = take(scratch.path);
    expect(scratch.json("node.pid")).toEqual({ pid: 4711 });
    release();
  });

  test("a holder that is killed holds nothing any more", async () => {
    using scratch = new Scratch();
    const program = `
      const { systemFiles } = await import("${source}/platform/files.ts");
      const { systemKernelLock } = await import("${source}/platform/kernel-lock.ts");
      const { takeInstanceLock } = await import("${source}/state/instance-lock.ts");
      const { pathsIn } = await import("${source}/state/paths.ts");
      const options = { lock: systemKernelLock, ownPid: process.pid, meetingDirectory: "/tmp" };
      const { release } = takeInstanceLock(systemFiles, pathsIn(process.argv[1]), options);
      setTimeout(release, 60_000);`;
    const holder = Bun.spawn([process.execPath, "-e", program, scratch.path], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    try {
      await until(() => scratch.has("node.pid"));
      expect(failure(() => take(scratch.path)).message).toContain(`process ${holder.pid} `);
    } finally {
      holder.kill("SIGKILL");
      await holder.exited;
    }
    take(scratch.path)();
  });

  test.each<[string, (scratch: Scratch) => unknown]>([
    ["a file in the place of the directory", (scratch) => scratch.file("state", "mine")],
    ["a file above it", (scratch) => scratch.file("state", "mine")],
    ["a directory in the place of the lock", (scratch) => scratch.directory("state/node.lock")],
    ["a lock that is no lock", (scratch) => scratch.file("state/node.lock", "x".repeat(5000))],
    ["a directory in the place of the note", (scratch) => scratch.directory("state/node.pid")],
  ])("%s is told, not overwritten", (sentence, make) => {
    using scratch = new Scratch();
    make(scratch);
    const directory = scratch.at(sentence.includes("above") ? "state/below" : "state");
    const error = failure(() => take(directory));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain(directory);
    if (scratch.has("state/node.lock") && sentence.includes("no lock")) {
      expect(readFileSync(scratch.at("state/node.lock"), "utf8")).toBe("x".repeat(5000));
    }
  });

  test("a lock that could be taken but not noted is given back", () => {
    using scratch = new Scratch();
    const full: Files = {
      ...systemFiles,
      writeAtomic() {
        throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
      },
    };
    expect(failure(() => take(scratch.path, 1, full)).hint).toContain("Make it yours");
    take(scratch.path)();
  });

  test("on a full disk it is held, and nobody is sent to a process that is gone", () => {
    using scratch = new Scratch();
    scratch.file("node.pid", '{"pid":1}');
    const full: Files = {
      ...systemFiles,
      writeAtomic() {
        throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
      },
    };
    const { problem, release } = lock(scratch.path, 1, full);
    expect(problem).toContain("ENOSPC: no space left");
    const second = failure(() => take(scratch.path));
    expect(second).toMatchObject({ exitCode: 14 });
    expect(second.message).toContain("another process uses this state directory");
    release();
    const again = lock(scratch.path);
    expect(again.problem).toBeUndefined();
    again.release();
  });

  describe("where the directory can only be read", () => {
    const readOnly = (state: string, meetingDirectory: string) =>
      takeInstanceLock(systemFiles, pathsIn(state), {
        lock: {
          ...systemKernelLock,
          tryTake(path) {
            if (!path.startsWith(state)) return systemKernelLock.tryTake(path);
            throw Object.assign(new Error("EROFS: read-only"), { code: "EROFS" });
          },
        },
        ownPid: 1,
        meetingDirectory,
      });

    test.each([["with a lock in it"], ["without"]])("one host holds it, %s", (how) => {
      using scratch = new Scratch();
      const state = scratch.directory("state");
      if (how === "with a lock in it") take(state)();
      const meeting = scratch.directory("meeting");
      const first = readOnly(state, meeting);
      expect(first.problem).toBe(`"${state}" can only be read`);
      expect(failure(() => readOnly(state, meeting)).exitCode).toBe(14);
      first.release();
      readOnly(state, meeting).release();
      expect(scratch.has("state/node.pid")).toBe(false);
    });

    test("who may write there keeps the others away, and gives up nothing", () => {
      using scratch = new Scratch();
      const state = scratch.directory("state");
      const meeting = scratch.directory("meeting");
      const release = take(state);
      expect(failure(() => readOnly(state, meeting)).exitCode).toBe(14);
      release();
      const reader = readOnly(state, meeting);
      expect(failure(() => take(state)).exitCode).toBe(14);
      reader.release();
      take(state)();
    });

    test("a machine on which nothing can be written at all is told", () => {
      using scratch = new Scratch();
      const state = scratch.directory("state");
      const error = failure(() => readOnly(state, scratch.at("nowhere")));
      expect(error).toMatchObject({ exitCode: 3 });
      expect(error.message).toContain("nowhere");
    });
  });

  test("a note that cannot be removed does not keep the lock", () => {
    using scratch = new Scratch();
    const stuck: Files = {
      ...systemFiles,
      remove() {
        throw new Error("EROFS");
      },
    };
    take(scratch.path, 1, stuck)();
    take(scratch.path)();
  });
});
