// The time of a decision is bounded by the length of the text, whatever the text is.
import { expect, test } from "bun:test";
import { longestShellText } from "../../src/approvals/shell-lexer.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { findProgram } from "../../src/exec/find-program.ts";
import { decideFor } from "../fakes/shell-plan.ts";

const search = {
  cwd: "/",
  path: "/usr/local/bin:/usr/bin:/bin",
  windows: false,
  pathExt: undefined,
};
const find = (name: string) => findProgram(systemFiles, name, search);
const most = longestShellText;

test.each<[string, string]>([
  ["one pipeline", `${"ls|".repeat(most / 3 - 2)}ls`],
  ["as many commands as are read", `${"ls|".repeat(127)}ls`],
  ["programs that are not there", `${"nope;".repeat(127)}ls`],
  ["words", `ls ${"x ".repeat(most / 2 - 2)}`],
  ["wrappers around wrappers", `${"env ".repeat(most / 4 - 2)}ls`],
  ["programs behind find", `find .${" -exec ls \\;".repeat(most / 12 - 2)}`],
  ["variables behind find", `find .${' x"$A"'.repeat(most / 6 - 2)}`],
  ["options of a safe bin", `tr ${"-".repeat(most - 4)}`],
  ["clusters of a safe bin", `sort -${"r".repeat(most - 7)}`],
  ["one long name", "x".repeat(most)],
])("a decision about %s takes no longer than 50 ms", (_what, text) => {
  expect(text.length).toBeLessThanOrEqual(most);
  const argv = ["/bin/sh", "-c", text];
  const times = Array.from({ length: 3 }, () => {
    const startedAt = performance.now();
    decideFor(argv, ["/usr/bin/ls", "/**/a*b*c*", "~/bin/*"], find);
    return performance.now() - startedAt;
  });
  expect(Math.min(...times)).toBeLessThan(50);
});
