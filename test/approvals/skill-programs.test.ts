import { describe, expect, test } from "bun:test";
import type { ProgramFacts } from "../../src/approvals/match-program.ts";
import { machine } from "../fakes/judge-options.ts";
import { programFacts } from "../fakes/known-programs.ts";
import { decideFor } from "../fakes/shell-plan.ts";

const gh = programFacts("/usr/bin/gh", { viaPath: true });

/** Whether a program runs as one of a skill; `listed` is what the node's own PATH gives for it. */
function runs(
  name: string,
  found: ProgramFacts,
  listed: ProgramFacts | undefined,
  autoAllowSkills = true,
): boolean {
  const options = { ...machine, findSkill: () => listed };
  return decideFor([name, "x"], [], () => found, options, { autoAllowSkills }).allow;
}

describe("a program of a skill", () => {
  test("is the file that the node's own PATH gives for a listed name", () => {
    expect(runs("gh", gh, gh)).toBe(true);
    const link = { ...gh, realPath: "/opt/gh/bin/gh" };
    expect(runs("gh", link, link)).toBe(true);
  });

  test.each<[string, string, ProgramFacts, ProgramFacts | undefined]>([
    ["that is not listed", "gh", gh, undefined],
    ["named by its path", "/usr/bin/gh", { ...gh, viaPath: false }, gh],
    ["named by a relative path", "./gh", { ...gh, path: "/w/gh", viaPath: false }, gh],
    ["that a name with a slash claims to be", "./gh", gh, gh],
    ["that is another file", "gh", { ...gh, inode: 2 }, gh],
    ["on another device", "gh", { ...gh, device: 2 }, gh],
    ["at another place", "gh", { ...gh, path: "/opt/gh" }, gh],
    ["under another name of one file", "gh", gh, { ...gh, path: "/usr/bin/hub" }],
    ["that the node has only by path", "gh", gh, { ...gh, viaPath: false }],
  ])("is none %s", (_case, name, found, listed) => {
    expect(runs(name, found, listed)).toBe(false);
  });

  test.each([
    ["a shell", "bash", "/usr/bin/bash"],
    ["a link to a shell", "gh", "/usr/bin/dash"],
    ["what starts other programs", "sudo", "/usr/bin/sudo"],
    ["an interpreter", "node", "/usr/bin/node"],
    ["a link to an interpreter", "gh", "/usr/bin/python3.11"],
  ])("is never %s", (_case, name, realPath) => {
    const facts = programFacts(`/usr/bin/${name}`, { realPath, viaPath: true });
    expect(runs(name, facts, facts)).toBe(false);
  });

  test("counts only where the policy says so", () => {
    expect(runs("gh", gh, gh, false)).toBe(false);
  });
});
