import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  argumentsMatch,
  givenArguments,
  exactRule,
  findsAnywhere,
  readArgumentRule,
} from "../../src/approvals/argument-rule.ts";
import { machine } from "../fakes/judge-options.ts";
import { anyText, holds } from "../fakes/property.ts";

function matches(argPattern: string, args: readonly string[], cwd = "/workspace"): boolean {
  const read = readArgumentRule(argPattern);
  if (!read.ok) throw new Error(read.problem);
  const facts = { ...machine, cwd: () => cwd };
  return argumentsMatch(read.rule, givenArguments(args, facts), facts);
}

/** What OpenClaw makes of the same: nothing here may be wider. */
function openClaw(argPattern: string, args: readonly string[]): boolean {
  const nul = args.length === 0 ? "\0\0" : `${args.join("\0")}\0`;
  return new RegExp(argPattern).test(argPattern.includes("\0") ? nul : args.join(" "));
}

describe("a regular expression on the joined arguments", () => {
  test.each<[sentence: string, pattern: string, args: string[], wanted: boolean]>([
    ["the very arguments", "^log --oneline$", ["log", "--oneline"], true],
    ["further arguments", "^log$", ["log", "-p"], false],
    ["arguments before", "^log$", ["-c", "core.pager=id", "log"], false],
    ["without anchors it is found anywhere", "log", ["-c", "core.pager=id", "log"], true],
    ["no arguments", "^$", [], true],
    ["no arguments where some are wanted", "^log$", [], false],
    ["one argument that reads like two", "^-o out$", ["-o out"], false],
    ["two arguments", "^-o out$", ["-o", "out"], true],
    ["a blank at the end of an argument", "^-o out$", ["-o", "out "], false],
    ["an argument that is only a blank", "^a  b$", ["a", "", "b"], false],
    ["an empty argument is not none", "^$", [""], false],
    ["an empty argument where anything may stand", "^commit -m .*$", ["commit", "-m", ""], true],
    ["a blank where anything may stand", "^commit -m .+$", ["commit", "-m", "a b"], true],
    ["a blank in a class of anything but", "^-m [^;]+$", ["-m", "a b"], true],
    ["a blank in a class that names it", "^-m [a-z ]+$", ["-m", "a b"], false],
    ["a blank as any white space", "^-m\\s\\w+$", ["-m a"], false],
    ["a line break ends what a dot takes", "^-m .*$", ["-m", "a\nb"], false],
    ["case counts", "^LOG$", ["log"], false],
    ["a generated one", "^log\0-p\0$", ["log", "-p"], true],
    ["a generated one, with blanks", "^commit\0-m\0a b\0$", ["commit", "-m", "a b"], true],
    ["a generated one, other words", "^log\0-p\0$", ["log -p"], false],
    ["a generated one for none", "^\0\0$", [], true],
    ["a generated one for an empty one", "^\0$", [""], true],
    ["a generated one for none, on an empty one", "^\0\0$", [""], false],
  ])("%s: %j on %j: %p", (_sentence, pattern, args, wanted) => {
    expect(matches(pattern, args)).toBe(wanted);
    if (wanted) expect(openClaw(pattern, args)).toBe(true);
  });

  test("a command line that is too long matches nothing", () => {
    expect(matches("a", ["a".repeat(8192)])).toBe(true);
    expect(matches("a", ["a".repeat(8193)])).toBe(false);
    expect(matches("(a+)+$", ["a".repeat(1_000_000)])).toBe(false);
  });

  test("is never wider than OpenClaw's, and the same where no argument holds a blank", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", " ", "-"), maxLength: 3 });
    const pattern = fc
      .array(fc.constantFrom("a", "b", " ", "-", ".", ".*", "[^b]", "\\s", "^", "$", "|"), {
        maxLength: 6,
      })
      .map((parts) => parts.join(""));
    holds(
      fc.property(pattern, fc.array(word, { maxLength: 3 }), (source, args) => {
        const ours = matches(source, args);
        const theirs = openClaw(source, args);
        if (ours) expect(theirs).toBe(true);
        if (args.every((arg) => /^[^ ]+$/.test(arg))) expect(ours).toBe(theirs);
      }),
      2000,
    );
  });
});

describe("a digest of directory and arguments", () => {
  // The value that OpenClaw's own implementations agree on.
  const known =
    "sha256:cwd-argv:v1:2b4f4aed226aa1fd771c852b8f74e4c162d440aafaf60bfef19746f3b2ee5890";

  test.each<[string, string[], string, boolean]>([
    ["the approved run", ["hello world", ""], "/workspace", true],
    ["another directory", ["hello world", ""], "/workspace2", false],
    ["no directory", ["hello world", ""], "", false],
    ["one argument less", ["hello world"], "/workspace", false],
    ["other borders", ["hello", " world"], "/workspace", false],
    ["none", [], "/workspace", false],
  ])("%s", (_case, args, cwd, wanted) => {
    expect(matches(known, args, cwd)).toBe(wanted);
  });

  test("lengths are those of the UTF-8", () => {
    const subject = "6\0/wörk\x001\x004\0😀\0";
    const digest = machine.sha256(subject);
    expect(matches(`sha256:cwd-argv:v1:${digest}`, ["😀"], "/wörk")).toBe(true);
  });

  test("of one run is that of no other", () => {
    const read = fc.tuple(anyText, fc.array(anyText, { maxLength: 3 }));
    holds(
      fc.property(read, read, ([cwd, args], [otherCwd, otherArgs]) => {
        const subjects: string[] = [];
        const sha256 = (text: string): string => String(subjects.push(text));
        const rule = { kind: "digest", text: "" } as const;
        argumentsMatch(rule, givenArguments(args, { cwd: () => cwd, sha256 }), {});
        argumentsMatch(rule, givenArguments(otherArgs, { cwd: () => otherCwd, sha256 }), {});
        const same = JSON.stringify([cwd, args]) === JSON.stringify([otherCwd, otherArgs]);
        expect(subjects[0] === subjects[1]).toBe(same);
      }),
    );
  });
});

test.each<[string, boolean]>([
  ["^a$", false],
  ["^(a|b)$", false],
  ["^a$|^b$", false],
  ["^(a$|b$)", false],
  ["^a\0$", false],
  [`sha256:cwd-argv:v1:${"0".repeat(64)}`, false],
  ["", true],
  ["a", true],
  ["^a", true],
  ["a$", true],
  ["^a|b$", true],
  ["(^)?a$", true],
  ["\\^a\\$", true],
])("%j is found anywhere: %p", (pattern, wanted) => {
  const read = readArgumentRule(pattern);
  expect(read.ok && findsAnywhere(read.rule)).toBe(wanted);
});

describe("exactRule", () => {
  test("allows the arguments that it was made of, and no others", () => {
    const word = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 6 });
    const words = fc.array(word, { maxLength: 3 });
    holds(
      fc.property(words, words, (args, others) => {
        const rule = exactRule(args);
        if (rule === undefined) return;
        expect(matches(rule, args)).toBe(true);
        // A blank inside an argument is any character.
        const plain = args.every((arg) => !arg.includes(" "));
        if (plain && JSON.stringify(args) !== JSON.stringify(others)) {
          expect(matches(rule, others)).toBe(false);
        }
      }),
      1000,
    );
    expect(exactRule(["push", "origin"])).toBe("^push origin$");
  });

  test.each<[string[], string]>([
    [["commit", "-m", "a b"], "^commit -m a.b$"],
    [["commit", "-m", ""], "^commit -m .?$"],
    [[""], "^.?$"],
  ])("%j is allowed by %s", (args, rule) => {
    expect(exactRule(args)).toBe(rule);
    expect(matches(rule, args)).toBe(true);
  });

  test.each([[["a\nb"]], [["a\u202eb"]], [["a\u00a0b"]], [["a\u2028b"]]])(
    "is none for %j",
    (args) => {
      expect(exactRule(args)).toBeUndefined();
    },
  );
});
