import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import * as fc from "fast-check";
import { ConfigError } from "../../src/lib/errors.ts";
import { systemFiles } from "../../src/platform/files.ts";
import type { Files } from "../../src/platform/ports.ts";
import { ensureDirectory, readJsonFile, writeJsonFile } from "../../src/state/json-file.ts";
import { Scratch } from "../fakes/scratch.ts";

/** Files on which one action fails with what the system says. */
function failing(action: keyof Files, code: string): Files {
  return {
    ...systemFiles,
    [action]: () => {
      throw Object.assign(new Error(`${code}: no`), { code });
    },
  };
}

function failure(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("readJsonFile says where a file stops being JSON", () => {
  test.each<[string, string, string]>([
    ["nothing", "", ": it ends too early, at line 1, column 1"],
    ["blanks only", " \n\n", ": it ends too early, at line 3, column 1"],
    ["an open object", '{"a": 1', ": it ends too early, at line 1, column 8"],
    ["an open list", "[1,\n2", ": it ends too early, at line 2, column 2"],
    ["an open text", '{"a": "b', " at line 1, column 7"],
    ["a comma before the end", '{"a": 1,\n}', " at line 2, column 1"],
    ["a comma before the end of a list", "[1, ]", " at line 1, column 5"],
    ["a missing comma", '{\n  "a": 1\n  "b": 2\n}', " at line 3, column 3"],
    ["a missing colon", '{"a" 1}', " at line 1, column 6"],
    ["a missing value", '{"a": }', " at line 1, column 7"],
    ["a comment", '{\n  // note\n  "a": 1\n}', " at line 2, column 3"],
    ["a comment at the top", "# note\n{}", " at line 1, column 1"],
    ["other quotes", "{'a': 1}", " at line 1, column 2"],
    ["a key without quotes", "{a: 1}", " at line 1, column 2"],
    ["two documents", "{}\n{}", " at line 2, column 1"],
    ["the wrong bracket", '{"a": [1}', " at line 1, column 9"],
    ["a number with a plus", "+1", " at line 1, column 1"],
    ["a number with a zero before it", "[01]", " at line 1, column 3"],
    ["a number without an exponent", "[1e]", " at line 1, column 3"],
    ["an escape that is none", '["\\x41"]', " at line 1, column 2"],
    ["a tab in a text", '["a\tb"]', " at line 1, column 2"],
    ["half a word", "[tru]", " at line 1, column 2"],
    ["a blank that is none for JSON", "{}\u00a0", " at line 1, column 3"],
    ["a form feed", "\f{}", " at line 1, column 1"],
    ["a line separator", "[\u2028]", " at line 1, column 2"],
    ["a byte order mark", "\ufeff{}", ": it begins with a byte order mark"],
    ["Windows line ends", '{\r\n  "a" 1\r\n}', " at line 2, column 7"],
    ["wide characters before it", '{"😀é": x}', " at line 1, column 9"],
  ])("%s", (_case, text, place) => {
    using scratch = new Scratch();
    const path = scratch.file("x.json", text);
    expect(failure(() => readJsonFile(systemFiles, path)).message).toBe(
      `Cannot read "${path}": it is not valid JSON${place}; the file was left as it is`,
    );
    expect(scratch.read("x.json")).toBe(text);
  });

  test("whatever is broken, there is a place, inside the file", () => {
    using scratch = new Scratch();
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", '"', "x", "\0", "\u2028", "["))
      .map(([text, at, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + 1);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        const path = scratch.file("x.json", text);
        try {
          JSON.parse(text);
          return expect(readJsonFile(systemFiles, path)).toBeDefined();
        } catch {
          const { message } = failure(() => readJsonFile(systemFiles, path));
          const [, line, column] = /line (\d+), column (\d+)/.exec(message) ?? [];
          const lines = text.split("\n");
          expect(Number(line)).toBeGreaterThanOrEqual(1);
          expect(Number(line)).toBeLessThanOrEqual(lines.length);
          expect(Number(column)).toBeLessThanOrEqual((lines[Number(line) - 1] ?? "").length + 1);
        }
      }),
      { seed: 20_260_124, numRuns: 500 },
    );
  });

  test("nesting without end neither passes nor ends the process", () => {
    using scratch = new Scratch();
    const path = scratch.file("x.json", "[".repeat(200_000));
    expect(failure(() => readJsonFile(systemFiles, path)).message).toContain("it ends too early");
  });
});

describe("readJsonFile", () => {
  test("what is not there is undefined, null is a value", () => {
    using scratch = new Scratch();
    expect(readJsonFile(systemFiles, scratch.at("x"))).toBeUndefined();
    expect(readJsonFile(systemFiles, scratch.file("file/null", "null"))).toEqual({ value: null });
    // A file where a directory should be: below it nothing is.
    expect(readJsonFile(systemFiles, scratch.at("file/null/x"))).toBeUndefined();
  });

  test.each<[string, (scratch: Scratch) => string, string]>([
    ["a directory", (scratch) => scratch.directory("x"), "it is a directory, a file is wanted"],
    ["a device", () => "/dev/zero", "it is a other, a file is wanted"],
    [
      "5 MB",
      (scratch) => scratch.file("x", " ".repeat(5_000_000)),
      "it has 5000000 bytes, at most 4194304 are read",
    ],
    ["a link to itself", (scratch) => scratch.link("x", "x"), "ELOOP"],
  ])("%s is refused", (_case, make, problem) => {
    using scratch = new Scratch();
    const path = make(scratch);
    const { message, exitCode } = failure(() => readJsonFile(systemFiles, path));
    expect(message).toContain(`Cannot read "${path}": `);
    expect(message).toContain(problem);
    expect(exitCode).toBe(3);
  });

  test.each([
    ["EACCES", "sudo chown"],
    ["EPERM", "sudo chown"],
  ])("%s comes with the command that mends it", (code, hint) => {
    using scratch = new Scratch();
    const path = scratch.file("it's", "{}");
    const error = failure(() => readJsonFile(failing("readText", code), path));
    expect(error.hint).toContain(hint);
    expect(error.hint).toContain(`'${scratch.at("it")}'\\''s'`);
  });
});

describe("writeJsonFile", () => {
  test("writes two spaces and a final newline, for this user only", () => {
    using scratch = new Scratch();
    writeJsonFile(systemFiles, scratch.at("x"), { a: [1] });
    expect(scratch.read("x")).toBe('{\n  "a": [\n    1\n  ]\n}\n');
    expect((systemFiles.stat(scratch.at("x"), true)?.mode ?? 0) & 0o777).toBe(0o600);
  });

  test("does not touch a file that says the same", () => {
    using scratch = new Scratch();
    writeJsonFile(systemFiles, scratch.at("x"), { a: 1 });
    writeJsonFile(failing("writeAtomic", "EROFS"), scratch.at("x"), { a: 1 });
  });

  test("leaves nothing else behind, also when it fails", () => {
    using scratch = new Scratch();
    writeJsonFile(systemFiles, scratch.at("x"), { a: 1 });
    scratch.directory("y");
    failure(() => writeJsonFile(systemFiles, scratch.at("y"), { a: 1 }));
    failure(() => writeJsonFile(systemFiles, scratch.at("none/z"), { a: 1 }));
    expect(readdirSync(scratch.path).toSorted()).toEqual(["x", "y"]);
  });

  test("a link is not replaced by a file", () => {
    using scratch = new Scratch();
    scratch.file("real", "{}");
    scratch.link("x", "real");
    expect(failure(() => writeJsonFile(systemFiles, scratch.at("x"), { a: 1 })).message).toContain(
      "it is a symlink",
    );
    expect(scratch.read("real")).toBe("{}");
  });

  test.each([
    ["EROFS", "CLAWDBOT_STATE_DIR"],
    ["ENOSPC", "The disk is full"],
    ["EACCES", "sudo chown"],
    ["EIO", undefined],
  ])("%s is told with its remedy", (code, hint) => {
    using scratch = new Scratch();
    const error = failure(() => writeJsonFile(failing("writeAtomic", code), scratch.at("x"), {}));
    expect(error.message).toBe(`Cannot write "${scratch.at("x")}": ${code}: no`);
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toContain(hint);
  });
});

describe("ensureDirectory", () => {
  test("makes what is missing for this user only, and leaves the mode of what is there", () => {
    using scratch = new Scratch();
    mkdirSync(scratch.at("open"), { mode: 0o755 });
    ensureDirectory(systemFiles, scratch.at("open/a/b"));
    const mode = (name: string) => (systemFiles.stat(scratch.at(name), true)?.mode ?? 0) & 0o777;
    expect([mode("open"), mode("open/a"), mode("open/a/b")]).toEqual([0o755, 0o700, 0o700]);
  });

  test.each([["x"], ["x/y"]])("a file in the way is named", (name) => {
    using scratch = new Scratch();
    scratch.file("x", "mine");
    const error = failure(() => ensureDirectory(systemFiles, scratch.at(name)));
    expect(error.message).toStartWith(`Cannot write "${scratch.at(name)}": `);
    expect(error.hint).toContain("move it away");
    expect(scratch.read("x")).toBe("mine");
  });
});
