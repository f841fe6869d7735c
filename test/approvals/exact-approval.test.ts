// What "allow always" adds on an OpenClaw: this command in this directory, or nothing.
import { describe, expect, test } from "bun:test";
import { planCommand } from "../../src/approvals/command-plan.ts";
import { effectivePolicy } from "../../src/approvals/effective.ts";
import { commandMarker, exactApproval } from "../../src/approvals/exact-approval.ts";
import { parsePolicy } from "../../src/approvals/policy.ts";
import { machine } from "../fakes/judge-options.ts";
import { knownPrograms } from "../fakes/known-programs.ts";

const find = knownPrograms([
  "/usr/bin/git",
  "/usr/bin/date",
  "/usr/bin/wc",
  "/usr/bin/python3",
  "/usr/bin/xargs",
  "/opt/odd*name",
  ["/usr/local/bin/tool", "/opt/tool-2/bin/tool"],
  ["/bin/ls", "/bin/busybox"],
  ["/bin/sh", "/usr/bin/dash"],
]);

const shell = (text: string) => ["/bin/sh", "-lc", text];

function grantsFor(argv: readonly string[], main: Record<string, unknown>, agent = "main") {
  const parsed = parsePolicy({ version: 1, agents: { main } });
  if (!parsed.ok) throw new Error(parsed.problem);
  const policy = effectivePolicy(parsed.policy, agent);
  return exactApproval(planCommand(argv), find, policy, machine);
}

const limited = { pattern: "/usr/bin/git", argPattern: "^status$" };
const digest = { ...limited, argPattern: `sha256:cwd-argv:v1:${"0".repeat(64)}` };

describe("an approval for good names", () => {
  test.each<[string, readonly string[], readonly unknown[], string]>([
    ["the program", ["git", "log"], [], "/usr/bin/git"],
    ["the file behind a link", ["tool"], [], "/opt/tool-2/bin/tool"],
    ["the name where one file has many", ["/bin/ls"], [], "/bin/ls"],
    ["every program of a line", shell("git log && date"), [], "/usr/bin/git /usr/bin/date"],
    ["no program that the owner allows", shell("git log && date"), ["date"], "/usr/bin/git"],
    ["no filter that needs no entry", shell("git log | wc -l"), [], "/usr/bin/git"],
    ["what was approved before, again", ["git", "log"], [digest], "/usr/bin/git"],
  ])("%s", (_case, argv, allowlist, patterns) => {
    const grants = grantsFor(argv, { allowlist }) ?? [];
    expect(grants.map(({ pattern }) => pattern).join(" ")).toBe(patterns);
    for (const { source, argPattern } of grants) {
      expect(source).toBe("allow-always");
      expect(argPattern).toMatch(/^sha256:cwd-argv:v1:[0-9a-f]{64}$/);
    }
  });

  test.each<[string, readonly string[], Record<string, unknown>]>([
    ["what the owner allows anyway", ["git", "log"], { allowlist: ["git"] }],
    ["what every run is asked about although all may run", ["git"], { security: "full" }],
    ["anything where all is listed", ["git"], { allowlist: ["*"] }],
    ["a program that is not there", ["nope"], {}],
    ["an interpreter", ["python3", "x.py"], {}],
    ["one beside others", shell("git log && python3 x.py"), {}],
    ["shell text that is not understood", shell("git $(date)"), {}],
    ["arguments that are known only later", shell("date | xargs git"), {}],
    ["a path that means more as a pattern", ["/opt/odd*name"], {}],
    ["arguments beyond the owner's limit", ["git", "push"], { allowlist: [limited] }],
    ["the same beside an older approval", ["git", "push"], { allowlist: [digest, limited] }],
  ])("nothing for %s", (_case, argv, main) => {
    expect(grantsFor(argv, main)).toBeUndefined();
  });

  test("nothing for an agent that stands for all", () => {
    expect(grantsFor(["git"], {}, "*")).toBeUndefined();
  });

  test("other words, another directory: another entry", () => {
    const of = (...words: string[]) => grantsFor(["git", ...words], {})?.[0]?.argPattern;
    const rules = [of("a b"), of("a", "b"), of("a", "b", ""), of("ab"), of()];
    expect(new Set(rules).size).toBe(rules.length);
  });
});

test("the marker is taken of the text that was shown, without the blanks around it", () => {
  const marker = commandMarker("/usr/bin/uname -s", machine);
  expect(marker.pattern).toMatch(/^=node-command:[0-9a-f]{16}$/);
  expect(commandMarker(" /usr/bin/uname -s\n", machine)).toEqual(marker);
  expect(commandMarker("/usr/bin/uname  -s", machine)).not.toEqual(marker);
});
