import { describe, expect, test } from "bun:test";
import { ownProgram, previousOf } from "../../src/update/own-program.ts";
import { rootedFiles } from "../fakes/rooted-files.ts";
import { Scratch } from "../fakes/scratch.ts";

describe("ownProgram", () => {
  test.each([
    ["/usr/local/bin/clawdbot", ""],
    ["/home/alice/.local/bin/clawdbot", ""],
    ["/opt/clawdbot/clawdbot", ""],
    ["/usr/bin/clawdbot", "the package manager of the system"],
    ["/bin/clawdbot", "the package manager of the system"],
    ["/nix/store/abc-clawdbot/bin/clawdbot", "Nix"],
    ["/snap/clawdbot/1/clawdbot", "snap"],
    ["/opt/homebrew/Cellar/clawdbot/1.0.0/bin/clawdbot", "Homebrew"],
    ["/usr/local/lib/node_modules/clawdbot/clawdbot", "npm"],
  ])("%s belongs to: %s", (path, owner) => {
    using scratch = new Scratch();
    scratch.program(path);
    const files = rootedFiles(scratch.path);
    const own = (): string => ownProgram(files, { self: [path] }, "linux-x64");
    if (owner === "") expect(own()).toBe(path);
    else expect(own).toThrow(`it belongs to ${owner}`);
  });

  test("what a link points at is meant, also where that belongs to a package manager", () => {
    using scratch = new Scratch();
    const files = rootedFiles(scratch.path);
    scratch.program("opt/clawdbot");
    scratch.link("home/clawdbot", "../opt/clawdbot");
    expect(ownProgram(files, { self: ["/home/clawdbot"] }, "linux-x64")).toBe("/opt/clawdbot");
    scratch.program("nix/store/x/clawdbot");
    scratch.link("home/other", "../nix/store/x/clawdbot");
    expect(() => ownProgram(files, { self: ["/home/other"] }, "linux-x64")).toThrow("Nix");
  });

  test("a file that is gone, and source code, are refused", () => {
    using scratch = new Scratch();
    const files = rootedFiles(scratch.path);
    expect(() => ownProgram(files, { self: ["/x"] }, "linux-x64")).toThrow("the file is gone");
    scratch.program("x");
    expect(() => ownProgram(files, { self: ["/x"] }, "source")).toThrow("runs from source");
    expect(() => ownProgram(files, { self: ["/x", "main.ts"] }, "linux-x64")).toThrow("source");
  });

  test("what is kept can be started", () => {
    expect(previousOf("/opt/clawdbot")).toBe("/opt/clawdbot.previous");
    expect(previousOf("C:\\x\\clawdbot.EXE")).toBe("C:\\x\\clawdbot.previous.exe");
  });
});
