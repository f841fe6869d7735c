// `NAME=value command`: which variables a text may set, and how they reach the command.
import { describe, expect, test } from "bun:test";
import { knownPrograms } from "../fakes/known-programs.ts";
import { decideFor, refusalFor, startedFor } from "../fakes/shell-plan.ts";

const find = knownPrograms([], { anyName: true });
const shell = (text: string): string[] => ["/bin/sh", "-c", text];
const allowlist = ["npm", "git", "env", "xargs"];

describe("a variable before a command", () => {
  test.each<[string, string]>([
    ["CI=1 npm test", "CI='1' '/usr/bin/npm' 'test'"],
    ["A=1 B='it is' npm test", "A='1' B='it is' '/usr/bin/npm' 'test'"],
    ["EMPTY= npm test", "EMPTY='' '/usr/bin/npm' 'test'"],
    [`Q="it's" npm test`, `Q='it'\\''s' '/usr/bin/npm' 'test'`],
    ["git log && CI=1 npm test", "'/usr/bin/git' 'log' && CI='1' '/usr/bin/npm' 'test'"],
    ["CI=1 nice npm test", "CI='1' '/usr/bin/nice' '/usr/bin/npm' 'test'"],
    ["GIT_PAGER=cat git log", "GIT_PAGER='cat' '/usr/bin/git' 'log'"],
    ["CI=1 npm test 2>&1", "CI='1' '/usr/bin/npm' 'test' 2>&1"],
  ])("%s", (text, started) => {
    expect(startedFor(shell(text), allowlist, find)).toEqual({ kind: "shell", text: started });
  });

  test.each([
    "PATH=/tmp npm",
    "Path=/tmp npm",
    "LD_PRELOAD=/tmp/x.so npm",
    "ld_preload=/tmp/x.so npm",
    "NODE_OPTIONS=x npm",
    "BASH_ENV=x npm",
    "IFS=x npm",
    "PS4=x npm",
    "HOME=/tmp npm",
    "GIT_SSH_COMMAND=x git fetch",
    "GIT_ANYTHING=x git fetch",
    "GIT_PAGER=/tmp/cat git log",
    "ACME_OPTS=x npm",
    "CLAWDBOT_STATE_DIR=/tmp npm",
    "__proto__=x npm",
    "CI=1 LD_PRELOAD=x npm",
    "git log; LD_PRELOAD=x npm",
  ])("is refused where it may change what runs: %s", (text) => {
    expect(refusalFor(shell(text), allowlist, find)).toMatch(
      /^it sets the variable \w+, which may/,
    );
  });

  test("allows no program that is not listed, and no builtin in its place", () => {
    expect(refusalFor(shell("A=1 id"), allowlist, find)).toContain('"/usr/bin/id" is not on');
    expect(refusalFor(shell("A=1 : && npm"), allowlist, find)).toContain('"/usr/bin/:" is not on');
    expect(refusalFor(shell("A=1 cd /tmp && npm"), allowlist, find)).toContain("builtin");
    expect(refusalFor(shell("A=1 eval id"), allowlist, find)).toContain("builtin");
    expect(refusalFor(shell("A=1 export B"), allowlist, find)).toContain("builtin");
  });

  test("is told with the part at fault", () => {
    expect(decideFor(shell("git log; LD_X='a b' npm"), allowlist, find)).toMatchObject({
      faults: [{ command: 1, text: "LD_X='a b' npm" }],
    });
  });
});
