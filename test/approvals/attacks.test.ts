// Ways around the policy that were once found by an attacker with the real programs.
import { describe, expect, test } from "bun:test";
import { decide } from "../../src/approvals/decide.ts";
import { planCommand } from "../../src/approvals/command-plan.ts";
import { effectivePolicy } from "../../src/approvals/effective.ts";
import { parsePolicy } from "../../src/approvals/policy.ts";
import { isSafeBin } from "../../src/approvals/safe-bins.ts";
import { buildEnvironment } from "../../src/exec/environment.ts";
import { knownPrograms } from "../fakes/known-programs.ts";
import { machine } from "../fakes/judge-options.ts";
import { refusalFor, startedFor } from "../fakes/shell-plan.ts";

const programs = knownPrograms(
  [
    ["./g", "/usr/bin/ls"],
    ["/w/a=b/g", "/usr/bin/ls"],
    ["/w/{}/g", "/usr/bin/ls"],
    "/w/**",
    "/w/ls ",
    ["/usr/bin/python3", "/usr/bin/python3.11"],
  ],
  { anyName: true },
);
const shell = (text: string): string[] => ["/bin/sh", "-c", text];

describe("an allowlist of ls, mv, find and env's like is not left by", () => {
  test.each<[string, string[]]>([
    ["an option of xargs that swallows the program", ["xargs", "--max-lines", "id", "ls"]],
    ["a replacement inside a nested program", shell("echo bash | xargs -I ls timeout 5 ls -c id")],
    ["a path that env takes for a variable", ["env", "/w/a=b/g", "id"]],
    ["a path that find fills in", ["find", ".", "-exec", "/w/{}/g", "x", ";"]],
    ["a find whose words arrive when it runs", ["find", ".", "-exec", "find", "{}", "+"]],
    ["perf and its like", ["perf", "stat", "ls"]],
    ["the dynamic loader", ["/usr/bin/ld-linux-x86-64.so.2", "/usr/bin/ls"]],
  ])("%s", (_case, argv) => {
    expect(refusalFor(argv, ["/usr/bin/*", "/w/**"], programs)).toBeDefined();
  });

  test("a link that is swapped after it was judged: what it led to is executed", () => {
    const started = startedFor(shell("mv -f x g; ./g hello"), ["/usr/bin/ls", "mv"], programs);
    expect(started).toEqual({
      kind: "shell",
      text: "'/usr/bin/mv' '-f' 'x' 'g' ; '/usr/bin/ls' 'hello'",
    });
  });

  test.each(["-A/../../../../etc/passwd", "-r", "--"])(
    "an option behind an operand, which may be a file: %s",
    (word) => {
      const call = { path: "/usr/bin/grep", realPath: "/usr/bin/grep", args: ["root", word] };
      expect(isSafeBin(call)).toBe(false);
    },
  );

  test.each([
    "GREP",
    "DIFF",
    "COMPILER_PATH",
    "GIT_TRACE",
    "POSIXLY_CORRECT",
    "TAR_OPTIONS",
    "OPENSSL_MODULES",
  ])("a variable that makes a tool start or open something: %s", (name) => {
    const request = {
      inherited: {},
      overrides: { [name]: "/w/evil" },
      strict: true,
      windows: false,
    };
    expect(buildEnvironment(request).ok).toBe(false);
  });
});

function decision(
  file: Record<string, unknown>,
  argv: string[],
  agent: string | undefined,
  approved = false,
) {
  const parsed = parsePolicy({ version: 1, ...file });
  if (!parsed.ok) throw new Error(parsed.problem);
  const question = { plan: planCommand(argv), find: programs, approved, approvalsTrusted: true };
  return decide(question, effectivePolicy(parsed.policy, agent), machine);
}

describe("allow-always remembers nothing that would mean more", () => {
  test.each<[string, string[], string[]]>([
    ["a plain program", ["id"], ["/usr/bin/id"]],
    ["a link: what it leads to", ["./g"], ["/usr/bin/ls"]],
    ["a path with wildcards", ["/w/**"], []],
    ["a path with a blank at its end", ["/w/ls "], []],
    ["an interpreter behind a link", ["python3", "-c", "1"], []],
    ["an interpreter with a suffix", ["perl5.36-x86_64-linux-gnu"], []],
    ["a launcher of packages", ["npx", "x"], []],
    ["one of them in a chain", shell("id && node x.js"), []],
  ])("%s", (_case, argv, learnt) => {
    const decided = decision({}, argv, "main", true);
    expect(decided.allow && decided.learn).toEqual(learnt);
  });

  test("the older name of the main agent is the main agent", () => {
    const file = { agents: { main: { security: "deny" }, default: { security: "full" } } };
    expect(decision(file, ["id"], "default").allow).toBe(false);
  });
});

describe("a deny list where everything else may run", () => {
  const file = { defaults: { security: "full", ask: "off" }, deny: ["id"] };

  test.each<[string, string[]]>([
    ["by its path", ["/usr/bin/id"]],
    ["in another case", ["/usr/bin/ID"]],
    ["through a wrapper", ["nice", "id"]],
    ["through a program that is not seen through", ["perf", "stat", "id"]],
    ["in text that cannot be analysed", shell("$(echo id)")],
    ["behind a variable", shell("A=1 id")],
    ["through a variable that changes what runs", shell("LD_PRELOAD=/tmp/x.so ls")],
    ["through a changed PATH", shell("PATH=/tmp ls")],
  ])("stops the program %s", (_case, argv) => {
    expect(decision(file, argv, "main")).toMatchObject({ allow: false, code: "deny-list" });
  });

  test("runs what was analysed, not the text, which a profile or CDPATH could turn", () => {
    const decided = decision(file, shell("cd a && ls"), "main");
    expect(decided).toMatchObject({ allow: true, commands: [{ command: { inert: false } }] });
  });
});
