import { describe, expect, test } from "bun:test";
import { displayText, wrappedText } from "../../src/approvals/shell-wrapper.ts";

describe("wrappedText", () => {
  test.each<[string[], string | undefined, ("posix" | "cmd")?]>([
    [["/bin/sh", "-lc", "echo hi"], "echo hi"],
    [["/bin/sh", "-c", "echo hi"], "echo hi"],
    [["sh", "-c", ""], ""],
    [["bash", "-lc", "a"], "a"],
    [["/usr/bin/bash", "-c", "a"], "a"],
    [["cmd.exe", "/d", "/s", "/c", "dir"], "dir", "cmd"],
    [["CMD", "/D", "/S", "/C", "dir"], "dir", "cmd"],
    [["/bin/sh", "-c", "a", "b"], undefined],
    [["/bin/sh", "-c"], undefined],
    [["/bin/sh", "-cl", "a"], undefined],
    [["/bin/sh", "-xc", "a"], undefined],
    [["/bin/sh", "-l", "-c", "a"], undefined],
    [["/bin/sh", "a"], undefined],
    [["/bin/zsh", "-c", "a"], undefined],
    [["/tmp/sh", "-c", "a"], undefined],
    [["./sh", "-c", "a"], undefined],
    [["SH", "-c", "a"], undefined],
    [["env", "sh", "-c", "a"], undefined],
    [["cmd.exe", "/c", "dir"], undefined],
    [["cmd.exe", "/d", "/s", "/k", "dir"], undefined],
    [["cmd.exe", "/d", "/s", "/c", "dir", "&calc"], undefined],
    [["C:\\x\\cmd.exe", "/d", "/s", "/c", "dir"], undefined],
    [[], undefined],
    [["echo", "hi"], undefined],
  ])("%j: %j", (argv, text, shell = "posix") => {
    expect(wrappedText(argv)).toEqual(text === undefined ? (undefined as never) : { shell, text });
  });
});

describe("displayText", () => {
  test.each<[string[], string]>([
    [["echo", "hi"], "echo hi"],
    [["echo", "a b"], 'echo "a b"'],
    [["echo", 'a"b'], 'echo "a\\"b"'],
    [["echo", ""], 'echo ""'],
    [["echo", "  "], 'echo ""'],
    [["echo", " a "], "echo a"],
    [["echo", "a\tb"], 'echo "a\tb"'],
    [["echo", "$HOME", "*", "'"], "echo $HOME * '"],
    [[], ""],
  ])("%j: %s", (argv, text) => {
    expect(displayText(argv)).toBe(text);
  });
});
