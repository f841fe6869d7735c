import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { systemProgramFiles } from "../../src/platform/program-files.ts";
import { Scratch } from "../fakes/scratch.ts";

const content = randomBytes(300_000);
const packed = Bun.gzipSync(content);

describe("unpack", () => {
  test("writes what was packed, and gives its checksum", async () => {
    using scratch = new Scratch();
    const from = scratch.file("from.gz", packed);
    const sum = await systemProgramFiles.unpack(from, scratch.at("to"), content.length);
    expect(sum).toBe(createHash("sha256").update(content).digest("hex"));
    expect(readFileSync(scratch.at("to")).equals(content)).toBe(true);
  });

  test.each([
    ["more than is allowed", packed, "more than 299999 bytes", 299_999],
    ["a bomb", Bun.gzipSync(Buffer.alloc(5_000_000)), "more than 300000 bytes", 300_000],
    ["half of it", packed.slice(0, 1000), "unexpected end", 300_000],
    ["no gzip", Buffer.from("plain text"), "incorrect header", 300_000],
    ["nothing", Buffer.alloc(0), "", 300_000],
  ])("refuses %s, and leaves no file", async (_what, bytes, says, limit) => {
    using scratch = new Scratch();
    const from = scratch.file("from.gz", bytes);
    const done = systemProgramFiles.unpack(from, scratch.at("to"), limit);
    const failed = await done.then(() => (says === "" ? "" : "it did not fail"), String);
    expect(failed).toContain(says);
    if (says !== "") expect(scratch.has("to")).toBe(false);
  });

  test("a missing file is an error of the system", async () => {
    using scratch = new Scratch();
    const done = systemProgramFiles.unpack(scratch.at("none"), scratch.at("to"), 10);
    expect(await done.then(() => "", String)).toContain("ENOENT");
    expect(scratch.has("to")).toBe(false);
  });
});

describe("link", () => {
  test("names a file a second time; the mode comes along", () => {
    using scratch = new Scratch();
    const from = scratch.program("from", "text");
    systemProgramFiles.link(from, scratch.at("to"));
    expect(scratch.read("to")).toBe("text");
    expect(() => systemProgramFiles.link(from, scratch.at("to"))).toThrow();
  });
});
