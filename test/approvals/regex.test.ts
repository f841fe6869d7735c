// The expressions of a policy mean what JavaScript means by them, and take linear time.
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { runRegex } from "../../src/approvals/regex-match.ts";
import { longestRegex, mostStates, readRegex } from "../../src/approvals/regex-syntax.ts";
import { holds } from "../fakes/property.ts";

function matches(source: string, text: string): boolean {
  const read = readRegex(source);
  if (!read.ok) throw new Error(read.problem);
  return runRegex(read.node, text).matches;
}

function problem(source: string): string | undefined {
  const read = readRegex(source);
  return read.ok ? undefined : read.problem;
}

/** Code units, halves of surrogate pairs among them. */
const units = (text: string): string[] => text.split("");
const literal = fc.constantFrom(...units("abAB09_ -/.,:=]}é\n\u2028\u00a0\ufeff\ud83d\ude00\0"));
const escaped = (char: string): string => (/[A-Za-z0-9_]/.test(char) ? char : `\\${char}`);
const escapes = fc.constantFrom(
  ..."\\d \\D \\w \\W \\s \\S \\t \\n \\r \\v \\f \\0 \\x41 \\u0061 \\. \\* \\( \\] \\- \\/ \\^ \\$".split(
    " ",
  ),
);
const classItem = fc.oneof(
  literal.filter((char) => char !== "]"),
  fc.constantFrom("a-f", "0-9", " -/", "\\d", "\\W", "\\s", "\\b", "\\]", "^", "[", "."),
);
const charClass = fc
  .tuple(fc.boolean(), fc.array(classItem, { maxLength: 4 }), fc.constantFrom("", "-"))
  .map(([negated, items, dash]) => `[${negated ? "^" : ""}${items.join("")}${dash}]`);
const quantifier = fc.constantFrom(
  "",
  "",
  "*",
  "+",
  "?",
  "{2}",
  "{0}",
  "{1,}",
  "{0,2}",
  "*?",
  "+?",
  "{1,3}?",
);

/** Expressions of the supported subset, as text. */
const { pattern } = fc.letrec<{ atom: string; sequence: string; pattern: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    literal.map(escaped),
    escapes,
    fc.constant("."),
    charClass,
    fc
      .tuple(fc.constantFrom("(", "(?:"), tie("pattern"))
      .map(([open, inner]) => `${open}${inner})`),
  ),
  sequence: fc
    .array(
      fc.oneof(
        { weight: 6, arbitrary: fc.tuple(tie("atom"), quantifier).map((parts) => parts.join("")) },
        { weight: 1, arbitrary: fc.constantFrom("^", "$", "\\b", "\\B") },
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.join("")),
  pattern: fc
    .array(tie("sequence"), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join("|")),
}));
const subject = fc.string({ unit: literal, maxLength: 12 });

describe("an expression that is understood means what JavaScript means by it", () => {
  test("for generated expressions", () => {
    let both = 0;
    holds(
      fc.property(pattern, subject, (source, text) => {
        const read = readRegex(source);
        // The subset leaves out nothing of these but what repeats an anchor.
        if (!read.ok) return;
        const wanted = new RegExp(source).test(text);
        both += wanted ? 1 : 0;
        expect([source, text, runRegex(read.node, text).matches]).toEqual([source, text, wanted]);
      }),
      4000,
    );
    expect(both).toBeGreaterThan(400);
  });

  test("for any text: what is understood is an expression for JavaScript too", () => {
    const source = fc.string({
      unit: fc.constantFrom(...units("ab01-^$.*+?()[]{},|\\dwsbBxuc:=!<> \n")),
      maxLength: 10,
    });
    holds(
      fc.property(source, subject, (given, text) => {
        const read = readRegex(given);
        if (read.ok) expect(runRegex(read.node, text).matches).toBe(new RegExp(given).test(text));
      }),
      6000,
    );
  });

  test.each<[string, string, boolean]>([
    ["^status$", "status", true],
    ["^status$", "status --short", false],
    ["status", "git status now", true],
    ["", "", true],
    ["", "anything", true],
    ["^$", "", true],
    ["^(log|show)( --oneline)?( -n \\d{1,3})?$", "log --oneline -n 20", true],
    ["^(log|show)( --oneline)?( -n \\d{1,3})?$", "log -n 2000", false],
    ["^a{0}$", "", true],
    ["^(a|)+$", "aaa", true],
    ["^[^]$", "\n", true],
    ["[]", "a", false],
    ["^[\\]\\-a]+$", "]-a", true],
    [".", "\u2029", false],
    ["\\bls\\b", "a ls b", true],
    ["\\bls\\b", "also", false],
    ["^(?:^a$|b)$", "a", true],
  ])("%j on %j: %p", (source, text, wanted) => {
    expect(new RegExp(source).test(text)).toBe(wanted);
    expect(matches(source, text)).toBe(wanted);
  });
});

describe("what is not supported is told", () => {
  test.each<[string, string]>([
    ["(a)\\1", "it refers back to a group"],
    ["a(?=b)", "it looks ahead or behind"],
    ["a(?!b)", "it looks ahead or behind"],
    ["(?<=a)b", "it looks ahead or behind"],
    ["(?<!a)b", "it looks ahead or behind"],
    ["(?<name>a)", 'a group begins with "(?<"'],
    ["(?i:a)", 'a group begins with "(?i"'],
    ["\\p{L}", "it names a Unicode property"],
    ["\\u{61}", '"\\u" wants 4 hexadecimal digits'],
    ["\\x4", '"\\x" wants 2 hexadecimal digits'],
    ["\\c", '"\\c" has no meaning here'],
    ["\\k<a>", '"\\k" has no meaning here'],
    ["\\00", '"\\0" has no meaning here'],
    ["(a", "a group is not closed"],
    ["a)", '")" closes no group'],
    ["[a", "a class is not closed"],
    ["[a-", "a class is not closed"],
    ["[b-a]", "a range ends before it begins"],
    ["[\\d-z]", "a range begins or ends with a set"],
    ["a\\", "it ends with a backslash"],
    ["*a", '"*" repeats nothing'],
    ["a**", '"*" repeats nothing'],
    ["a++", '"+" repeats nothing'],
    ["^*", "an anchor is repeated"],
    ["\\b+", "an anchor is repeated"],
    ["a{2,1}", "a repetition ends before it begins"],
    ["a{,2}", '"{" stands for itself only as \\{'],
    ["a{1000000}", `it needs more than ${mostStates} states`],
    ["a{999999}", `it needs more than ${mostStates} states`],
    ["((a{100}){100}){100}", `it needs more than ${mostStates} states`],
    ["(){1000000}", `it needs more than ${mostStates} states`],
    ["((){9}){999}", `it needs more than ${mostStates} states`],
    ["(".repeat(60), "groups are nested deeper than 50"],
    ["a".repeat(longestRegex + 1), `it is longer than ${longestRegex} characters`],
    ["(a+)+$".repeat(200_000), `it is longer than ${longestRegex} characters`],
  ])("%.30s: %s", (source, wanted) => {
    expect(problem(source)).toBe(wanted);
  });
});

describe("time", () => {
  const long = "a".repeat(50_000);

  test.each<[string, string]>([
    ["(a+)+$", `${long}!`],
    ["^(a|a)*$", `${long}!`],
    ["^(a?){30}a{30}$", long],
    ["(.*)*(.*)*(.*)*x", long],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", long],
    ["(?:(?:(?:a*)*)*)*$", `${long}!`],
    ["(x+x+)+y", "x".repeat(50_000)],
  ])("%s takes steps in proportion to the text", (source, text) => {
    const read = readRegex(source);
    if (!read.ok) throw new Error(read.problem);
    const { steps } = runRegex(read.node, text);
    expect(steps).toBeLessThanOrEqual(2 * (read.states + 2) * (text.length + 1));
  });

  test("it gives up where it is told to", () => {
    const read = readRegex("(.*)*x$");
    if (!read.ok) throw new Error(read.problem);
    const { matches: found, steps } = runRegex(read.node, `${long}x`, 1000);
    expect(found).toBe(false);
    expect(steps).toBeLessThan(1000 + 4 * (read.states + 2));
  });

  test("an expression that begins at the start is done when nothing is left to follow", () => {
    const read = readRegex("^(log|show) .*$");
    if (!read.ok) throw new Error(read.problem);
    expect(runRegex(read.node, `commit -m ${long}`).steps).toBeLessThan(20);
  });

  test("no expression has more states than were counted", () => {
    holds(
      fc.property(pattern, subject, (source, text) => {
        const read = readRegex(source);
        if (!read.ok) return;
        expect(runRegex(read.node, text).steps).toBeLessThanOrEqual(
          2 * (read.states + 2) * (text.length + 1),
        );
      }),
      2000,
    );
  });
});
