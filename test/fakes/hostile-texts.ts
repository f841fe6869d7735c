// Shell texts of the greatest length that is read, each made to cost a decision as much as it can.
import { longestShellText } from "../../src/approvals/shell-lexer.ts";

const most = longestShellText;

export const hostileTexts: readonly (readonly [what: string, text: string])[] = [
  ["one pipeline", `${"ls|".repeat(most / 3 - 2)}ls`],
  ["as many commands as are read", `${"ls|".repeat(127)}ls`],
  ["programs that are not there", `${"nope;".repeat(127)}ls`],
  ["words", `ls ${"x ".repeat(most / 2 - 2)}`],
  ["wrappers around wrappers", `${"env ".repeat(most / 4 - 2)}ls`],
  ["programs behind find", `find .${" -exec ls \\;".repeat(most / 12 - 2)}`],
  ["variables behind find", `find .${' x"$A"'.repeat(most / 6 - 2)}`],
  ["options of a safe bin", `tr ${"-".repeat(most - 4)}`],
  ["clusters of a safe bin", `sort -${"r".repeat(most - 7)}`],
  ["variables before a command", `${"A=1 ".repeat(most / 4 - 2)}ls`],
  ["as many of them as are read", `${"A=1 ls|".repeat(64)}ls`],
  ["options of an interpreter", `python3 ${"-W x ".repeat(most / 5 - 4)}`],
  ["one long name", "x".repeat(most)],
];
