import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type ShownRun, runText } from "../../src/approvals/run-text.ts";
import { anyText, holds } from "../fakes/property.ts";

const run = (argv: readonly string[], more: Partial<ShownRun> = {}): string | undefined =>
  runText({ argv, raw: undefined, env: {}, ...more });

describe("runText", () => {
  test.each([
    ["plain words as the reference joins them", run(["/bin/echo", "hi", "-n"]), "/bin/echo hi -n"],
    ["a word with a blank", run(["git", "commit", "-m", "a b"]), "git commit -m 'a b'"],
    ["a word that a shell would obey", run(["echo", "#", "$(id)"]), "echo '#' '$(id)'"],
    ["an empty word", run(["printf", ""]), "printf ''"],
    [
      "shell text as it is",
      run(["/bin/sh", "-lc", "make | tail"], { raw: "make | tail" }),
      "make | tail",
    ],
    ["a variable", run(["ls", "-l"], { env: { LANG: "C", A: "x y" } }), "LANG=C A='x y' ls -l"],
    [
      "shell text with a variable: it counts for all of the text",
      run(["/bin/sh", "-lc", "a; b"], { raw: "a; b", env: { X: "1" } }),
      "X=1 /bin/sh -lc 'a; b'",
    ],
    ["a program that looks like a variable", run(["A=1", "ls"]), "'A=1' ls"],
  ])("shows %s", (_what, shown, text) => {
    expect(shown).toBe(text);
  });

  test.each([
    ["shell text that is not what runs", run(["id"], { raw: "echo hi" })],
    ["shell text beside another", run(["/bin/sh", "-lc", "id"], { raw: "echo hi" })],
    ["shell text with other flags", run(["/bin/sh", "-ec", "id"], { raw: "id" })],
    ["a variable's name that is none", run(["ls"], { env: { "A B": "1" } })],
    ["a variable's name that is a command", run(["ls"], { env: { "x;id;A": "1" } })],
  ])("cannot show %s", (_what, shown) => {
    expect(shown).toBeUndefined();
  });

  test("tells any two runs apart", () => {
    const word = fc.oneof(anyText, fc.constantFrom("a", "a=b", " ", "'", "", "b c", "--"));
    const anyRun = fc.record({
      argv: fc.array(word, { minLength: 1, maxLength: 4 }),
      env: fc.dictionary(fc.constantFrom("A", "a", "B"), word, { maxKeys: 2 }),
    });
    holds(
      fc.property(anyRun, anyRun, (one, other) => {
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        const texts = [one, other].map((each) => run(each.argv, { env: sorted(each).env }));
        expect(texts[0] === texts[1]).toBe(same);
      }),
      2000,
    );
  });

  test("is what a real shell runs", () => {
    const odd = ["a b", "", "'", "$HOME", "`id`", "*", "~", "a=b", "#", "-n", "\n", "\\", "!!"];
    const text = run(["env", "printf", "%s\\0", ...odd]) ?? "";
    const { stdout } = Bun.spawnSync(["/bin/sh", "-c", text]);
    expect(stdout.toString().split("\0").slice(0, -1)).toEqual(odd);
  });
});

function sorted({ argv, env }: { argv: string[]; env: Record<string, string> }) {
  const entries = Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { argv, env: Object.fromEntries(entries) };
}
