import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, linkSync, readdirSync, renameSync, statSync } from "node:fs";
import { UserError } from "../../src/lib/errors.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { Scratch } from "../fakes/scratch.ts";

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch[Symbol.dispose]());

const modeOf = (path: string): number => statSync(path).mode & 0o7777;
const names = (directory = scratch.path): string[] => readdirSync(directory).toSorted();

/** Not everywhere is there a strace, and not everywhere may it look. */
const canTrace =
  Bun.which("strace") !== null && Bun.spawnSync(["strace", "-o", "/dev/null", "true"]).success;

/** Runs something under another umask. */
function withUmask<T>(mask: number, act: () => T): T {
  const before = process.umask(mask);
  try {
    return act();
  } finally {
    process.umask(before);
  }
}

describe("writeAtomic", () => {
  test("makes a file with its content and nothing beside it", () => {
    systemFiles.writeAtomic(scratch.at("a"), "ü\n", 0o600);
    expect(scratch.read("a")).toBe("ü\n");
    expect(names()).toEqual(["a"]);
  });

  test.each([
    [0o600, 0o000],
    [0o600, 0o777],
    [0o644, 0o077],
    [0o755, 0o022],
    [0o400, 0o000],
  ])("gives it the mode %o, whatever the umask is (%o)", (mode, mask) => {
    withUmask(mask, () => systemFiles.writeAtomic(scratch.at("a"), "x", mode));
    expect(modeOf(scratch.at("a"))).toBe(mode);
  });

  test("makes a file narrower that was open to all, also for those who have it open", () => {
    const path = scratch.file("a", "old", 0o666);
    linkSync(path, scratch.at("held"));
    systemFiles.writeAtomic(path, "secret", 0o600);
    expect(modeOf(path)).toBe(0o600);
    // The old file was replaced, not rewritten: who holds it sees nothing of the new content.
    expect(scratch.read("held")).toBe("old");
    expect(scratch.read("a")).toBe("secret");
  });

  test("replaces a file that may not be written", () => {
    const path = scratch.file("a", "old", 0o400);
    systemFiles.writeAtomic(path, "new", 0o600);
    expect(scratch.read("a")).toBe("new");
  });

  test.skipIf(!canTrace)("sets the mode before the content, and renames what was flushed", () => {
    const trace = scratch.at("trace");
    const code = `
      const { systemFiles } = await import(${JSON.stringify(import.meta.resolve("../../src/platform/files.ts"))});
      process.umask(0);
      systemFiles.writeAtomic(${JSON.stringify(scratch.at("a"))}, "the-secret", 0o600);
    `;
    Bun.spawnSync(["strace", "-f", "-o", trace, process.execPath, "-e", code]);
    const calls = scratch.read("trace").split("\n");
    const at = (pattern: RegExp): number => calls.findIndex((call) => pattern.test(call));
    const steps = [/O_EXCL.*0600/, /fchmod\(/, /the-secret/, /fsync\(/, /rename/].map(at);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps).not.toContain(-1);
  });

  test.each<[string, () => string, string]>([
    ["a directory", () => scratch.directory("a"), "directory"],
    ["a link to a file", () => scratch.link("a", scratch.file("target", "kept")), "symlink"],
    ["a link to nothing", () => scratch.link("a", scratch.at("nothing")), "symlink"],
    ["a link to a directory", () => scratch.link("a", scratch.directory("target")), "symlink"],
    [
      "a pipe",
      () => {
        Bun.spawnSync(["mkfifo", scratch.at("a")]);
        return scratch.at("a");
      },
      "other",
    ],
  ])("refuses to replace %s, and leaves everything as it was", (_what, make, kind) => {
    const path = make();
    const before = names();
    expect(() => systemFiles.writeAtomic(path, "new", 0o600)).toThrow(UserError);
    expect(() => systemFiles.writeAtomic(path, "new", 0o600)).toThrow(kind);
    expect(names()).toEqual(before);
    expect(systemFiles.stat(path, false)?.kind).toBe(kind as "other");
    if (scratch.has("target") && kind === "symlink") {
      expect(systemFiles.readText(scratch.at("nothing"))).toBeUndefined();
    }
  });

  test.each<[string, () => string, string]>([
    ["the directory is missing", () => scratch.at("missing", "a"), "ENOENT"],
    ["the name is too long", () => scratch.at("x".repeat(250)), "ENAMETOOLONG"],
  ])("says what the system says when %s, and leaves no temporary file", (_why, make, code) => {
    const path = make();
    const before = names();
    let thrown: any;
    try {
      systemFiles.writeAtomic(path, "new", 0o600);
    } catch (error) {
      thrown = error;
    }
    expect(thrown?.code).toBe(code);
    expect(names()).toEqual(before);
  });

  test("says what the system says when the directory is a file", () => {
    const path = `${scratch.file("file", "kept")}/a`;
    const error = expect.objectContaining({ code: "ENOTDIR" });
    expect(() => systemFiles.writeAtomic(path, "new", 0o600)).toThrow(error);
  });

  test("leaves the old file and no other when the new one cannot take its place", () => {
    // A directory that appears between the check and the rename.
    const path = scratch.at("a");
    const racing = {
      ...systemFiles,
      stat: () => {
        scratch.directory("a");
        return undefined;
      },
    };
    expect(() => racing.writeAtomic(path, "new", 0o600)).toThrow();
    expect(names()).toEqual(["a"]);
    expect(systemFiles.stat(path, false)?.kind).toBe("directory");
  });

  test("leaves one whole content when two processes write at once", async () => {
    const module = import.meta.resolve("../../src/platform/files.ts");
    const writers = ["a", "b", "c"].map((letter) => {
      const code = `
        const { systemFiles } = await import(${JSON.stringify(module)});
        for (let times = 0; times < 20; times += 1)
          systemFiles.writeAtomic(${JSON.stringify(scratch.at("file"))}, "${letter}".repeat(50_000), 0o600);
      `;
      return Bun.spawn([process.execPath, "-e", code], { stderr: "inherit" });
    });
    expect(await Promise.all(writers.map(({ exited }) => exited))).toEqual([0, 0, 0]);
    expect(scratch.read("file")).toMatch(/^(a{50000}|b{50000}|c{50000})$/);
    expect(names()).toEqual(["file"]);
  });
});

describe("reading", () => {
  test.each<[string, () => string, string | undefined]>([
    ["a file", () => scratch.file("a", "ü\r\n"), "ü\r\n"],
    ["an empty file", () => scratch.file("a", ""), ""],
    ["a link to a file", () => scratch.link("l", scratch.file("a", "x")), "x"],
    ["nothing", () => scratch.at("a"), undefined],
    ["a link to nothing", () => scratch.link("l", scratch.at("a")), undefined],
    ["a path below a file", () => `${scratch.file("a", "x")}/b`, undefined],
    ["wrong UTF-8", () => scratch.file("a", Uint8Array.of(0x61, 0xff)), "a\ufffd"],
  ])("%s gives its text, or that there is none", (_what, make, text) => {
    expect(systemFiles.readText(make())).toBe(text as string);
  });

  test.each<[string, () => string, string]>([
    ["a directory", () => scratch.path, "EISDIR"],
    ["a link to itself", () => scratch.link("l", scratch.at("l")), "ELOOP"],
  ])("%s is an error, not an absent file", (_what, make, code) => {
    const path = make();
    expect(() => systemFiles.readText(path)).toThrow(expect.objectContaining({ code }));
  });
});

describe("facts", () => {
  test("tell a link from what it leads to", () => {
    const file = scratch.file("a", "abc", 0o640);
    const link = scratch.link("l", file);
    const facts = systemFiles.stat(file, false);
    expect(facts).toMatchObject({ kind: "file", size: 3, mode: 0o640, uid: process.getuid!() });
    expect(systemFiles.stat(link, true)).toEqual(facts);
    expect(systemFiles.stat(link, false)?.kind).toBe("symlink");
    expect(systemFiles.stat(scratch.at("none"), true)).toBeUndefined();
    expect(systemFiles.stat(scratch.path, true)?.kind).toBe("directory");
  });

  test("tell a replaced file from the one before", () => {
    const file = scratch.file("a", "abc");
    const before = systemFiles.stat(file, false);
    systemFiles.writeAtomic(file, "abc", 0o600);
    expect(systemFiles.stat(file, false)?.inode).not.toBe(before?.inode as number);
  });

  test("know the real path, if there is one", () => {
    const real = systemFiles.realPath(scratch.file("a", "x"));
    expect(systemFiles.realPath(scratch.link("l", scratch.at("a")))).toBe(real as string);
    expect(systemFiles.realPath(scratch.link("dangling", scratch.at("none")))).toBeUndefined();
    expect(systemFiles.realPath(scratch.link("loop", scratch.at("loop")))).toBeUndefined();
  });

  test("know what may be executed", () => {
    expect(systemFiles.isExecutable(scratch.program("p"))).toBe(true);
    expect(systemFiles.isExecutable(scratch.file("f", "x", 0o644))).toBe(false);
    expect(systemFiles.isExecutable(scratch.at("none"))).toBe(false);
  });
});

describe("directories", () => {
  test("are made with their parents, and may be there already", () => {
    const path = scratch.at("a", "b", "c");
    withUmask(0o022, () => systemFiles.makeDirectory(path, 0o700));
    expect(modeOf(path)).toBe(0o700);
    chmodSync(path, 0o750);
    systemFiles.makeDirectory(path, 0o700);
    expect(modeOf(path)).toBe(0o750);
    expect(() => systemFiles.makeDirectory(scratch.file("f", ""), 0o700)).toThrow();
  });

  test("are listed, and are empty when they are not there", () => {
    scratch.file("d/one", "");
    scratch.file("d/two", "");
    expect([...systemFiles.list(scratch.at("d"))].toSorted()).toEqual(["one", "two"]);
    expect(systemFiles.list(scratch.at("none"))).toEqual([]);
  });

  test("lose a file, once or twice", () => {
    const file = scratch.file("a", "x");
    renameSync(file, scratch.at("b"));
    systemFiles.remove(file);
    systemFiles.remove(scratch.at("b"));
    expect(names()).toEqual([]);
  });
});
