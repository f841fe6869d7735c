// The time of a decision is bounded by the length of the text, whatever the text is.
import { expect, test } from "bun:test";
import { longestShellText } from "../../src/approvals/shell-lexer.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { findProgram } from "../../src/exec/find-program.ts";
import { hostileTexts } from "../fakes/hostile-texts.ts";
import { decideFor } from "../fakes/shell-plan.ts";

const search = {
  cwd: "/",
  path: "/usr/local/bin:/usr/bin:/bin",
  windows: false,
  pathExt: undefined,
};
const find = (name: string) => findProgram(systemFiles, name, search);

/** How long one takes is measured by the bench; one that takes a second makes this run out of time. */
const rounds = 30;

test.each([...hostileTexts])("a decision about %s takes a bounded time", (_what, text) => {
  expect(text.length).toBeLessThanOrEqual(longestShellText);
  const argv = ["/bin/sh", "-c", text];
  for (let round = 0; round < rounds; round += 1) {
    decideFor(argv, ["/usr/bin/ls", "/**/a*b*c*", "~/bin/*"], find);
  }
});
