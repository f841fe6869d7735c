import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { rotatedFile } from "../../src/platform/rotated-file.ts";
import { Scratch } from "../fakes/scratch.ts";

describe("rotatedFile", () => {
  test("a new file is for its owner, and lines come behind what is there", () => {
    using scratch = new Scratch();
    const path = scratch.at("logs", "node.log");
    rotatedFile(path).write("one\n");
    rotatedFile(path).write("two\n");
    expect(scratch.read("logs/node.log")).toBe("one\ntwo\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("a full file moves on, four old ones are kept", () => {
    using scratch = new Scratch();
    const log = rotatedFile(scratch.at("node.log"), 10);
    for (let number = 0; number < 8; number += 1) log.write(`line number ${number}\n`);
    expect(scratch.read("node.log")).toBe("line number 7\n");
    expect(scratch.read("node.log.1")).toBe("line number 6\n");
    expect(scratch.read("node.log.4")).toBe("line number 3\n");
    expect(scratch.has("node.log.5")).toBe(false);
  });

  test("a file that is full from before moves on at once", () => {
    using scratch = new Scratch();
    scratch.file("node.log", "long enough from before\n");
    rotatedFile(scratch.at("node.log"), 10).write("new\n");
    expect(scratch.read("node.log")).toBe("new\n");
  });

  test("a place that cannot be written is told at once", () => {
    using scratch = new Scratch();
    scratch.file("file", "");
    expect(() => rotatedFile(scratch.at("file", "node.log"))).toThrow("Cannot write the log file");
  });
});
