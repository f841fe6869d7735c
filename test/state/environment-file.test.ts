import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { systemFiles } from "../../src/platform/files.ts";
import { environmentFile } from "../../src/service/render/environment-file.ts";
import { readEnvironmentFile } from "../../src/state/environment-file.ts";
import { anyText, holds } from "../fakes/property.ts";
import { Scratch } from "../fakes/scratch.ts";

function read(text: string): Readonly<Record<string, string>> {
  using scratch = new Scratch();
  return readEnvironmentFile(systemFiles, scratch.file("env", text));
}

describe("readEnvironmentFile", () => {
  test.each([
    ["plain lines", "A=1\nB=two words\n", { A: "1", B: "two words" }],
    ["comments and empty lines", "# A=1\n; B=2\n\n  \nC=3", { C: "3" }],
    [
      "quotes",
      `A="a b"\nB='c "d"'\nC="say \\"hi\\""\nD="it's"`,
      { A: "a b", B: 'c "d"', C: 'say "hi"', D: "it's" },
    ],
    ["a shell's export", "export A=1", { A: "1" }],
    ["an empty value, and one with an equals sign", "A=\nB=x=y", { A: "", B: "x=y" }],
    ["Windows ends of lines and a byte order mark", "\ufeffA=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["the last one counts", "A=1\nA=2", { A: "2" }],
  ])("%s", (_name, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test("a line that is none is named, and not shown: it may be a secret", () => {
    expect(() => read("A=1\ns3cret\n")).toThrow(/line 2 is not NAME=VALUE$/);
  });

  test("no file", () => {
    expect(() => readEnvironmentFile(systemFiles, "/no/such")).toThrow("there is no such file");
  });

  test("what we write for a service comes back", () => {
    const value = anyText.filter((text) => text.isWellFormed() && !/[\r\0]/.test(text));
    holds(
      fc.property(value, (text) => expect(read(environmentFile({ A: text }))).toEqual({ A: text })),
      100,
    );
  });
});
