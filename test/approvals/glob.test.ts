import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { globMatches } from "../../src/approvals/glob.ts";

/** The same rules, written down as plainly as possible. */
function matchesPlainly(pattern: string, path: string): boolean {
  if (pattern === "") return path === "";
  const stars = /^\*+/.exec(pattern)?.[0].length ?? 0;
  if (stars > 0) {
    const rest = pattern.slice(stars);
    for (let taken = 0; taken <= path.length; taken += 1) {
      if (stars === 1 && path.slice(0, taken).includes("/")) return false;
      if (matchesPlainly(rest, path.slice(taken))) return true;
    }
    return false;
  }
  if (path === "") return false;
  const fits = pattern[0] === "?" ? path[0] !== "/" : pattern[0] === path[0];
  return fits && matchesPlainly(pattern.slice(1), path.slice(1));
}

describe("globMatches", () => {
  test.each<[string, string, boolean]>([
    ["/bin/ls", "/bin/ls", true],
    ["/bin/ls", "/bin/lsx", false],
    ["/bin/ls", "x/bin/ls", false],
    ["/bin/ls", "/bin/LS", false],
    ["", "", true],
    ["", "/", false],
    ["/bin/*", "/bin/ls", true],
    ["/bin/*", "/bin/", true],
    ["/bin/*", "/bin/a/b", false],
    ["/bin/*", "/bin", false],
    ["/bin/**", "/bin/a/b", true],
    ["/bin/**", "/binary", false],
    ["/*/git", "/usr/git", true],
    ["/*/git", "/usr/bin/git", false],
    ["/**/git", "/usr/bin/git", true],
    ["/**/git", "/git", false],
    ["/**git", "/git", true],
    ["**", "/any/thing", true],
    ["*", "ls", true],
    ["*", "/ls", false],
    ["*", "", true],
    ["***", "/a/b", true],
    ["/a?c", "/abc", true],
    ["/a?c", "/a/c", false],
    ["/a?c", "/ac", false],
    ["/bin/l?*", "/bin/l", false],
    ["/opt/my.tool", "/opt/my.tool", true],
    ["/opt/my.tool", "/opt/myXtool", false],
    ["/opt/a+b", "/opt/aab", false],
    ["/opt/a+b", "/opt/a+b", true],
    ["/opt/(x", "/opt/(x", true],
    ["/opt/[ab]", "/opt/a", false],
    ["/opt/[ab]", "/opt/[ab]", true],
    ["/opt/{a,b}", "/opt/a", false],
    ["/opt/a|b", "/opt/a", false],
    ["/opt/^$", "/opt/^$", true],
    ["/opt/\\*", "/opt/*", false],
    ["/opt/\\*", "/opt/\\x", true],
    ["/bin/ls\n", "/bin/ls", false],
    ["/a*b*c", "/a-b-b-c", true],
    ["/a*b*c", "/a-b/b-c", false],
    ["/é*", "/é😀", true],
  ])("%j on %j: %p", (pattern, path, matches) => {
    expect(globMatches(pattern, path)).toBe(matches);
  });

  test("agrees with the plain reading of the rules", () => {
    const text = (units: string, maxLength: number) =>
      fc.string({ unit: fc.constantFrom(...units), maxLength });
    fc.assert(
      fc.property(text("ab/*?", 9), text("ab/", 10), (pattern, path) => {
        expect(globMatches(pattern, path)).toBe(matchesPlainly(pattern, path));
      }),
      { seed: 20_260_124, numRuns: 5000 },
    );
  });

  test("a pattern without wildcards matches itself only", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        fc.pre(!/[*?]/.test(left));
        expect(globMatches(left, left)).toBe(true);
        expect(globMatches(left, right)).toBe(left === right);
      }),
      { seed: 20_260_124 },
    );
  });

  test.each<[string, string]>([
    ["stars only", "*".repeat(10_000)],
    ["stars and letters in turn", "*a".repeat(5000)],
    ["double stars and letters in turn", "**a".repeat(3333)],
    ["stars and question marks in turn", "*?".repeat(5000)],
    ["stars with slashes", "/*".repeat(5000)],
  ])("a hostile pattern of 10 000 characters comes to an end: %s", (_case, pattern) => {
    const path = `/${"a".repeat(4000)}b`;
    expect(globMatches(pattern, path)).toBe(/^\*+$/.test(pattern));
  });
});
