// The policy of this machine on the command line: limits on arguments, and what would be decided.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandLine } from "../fakes/command-line.ts";

const file = (line: CommandLine): string => join(line.home, ".clawdbot/exec-approvals.json");

function withPolicy(policy: unknown): CommandLine {
  const line = new CommandLine();
  mkdirSync(join(line.home, ".clawdbot"), { mode: 0o700 });
  writeFileSync(file(line), JSON.stringify(policy), { mode: 0o600 });
  return line;
}

describe("approvals allowlist add --arg-pattern", () => {
  test("allows a program with these arguments, and no others", async () => {
    using line = new CommandLine();
    const add = ["approvals", "allowlist", "add", "id", "--arg-pattern", "^-u$"];
    expect((await line.call(...add)).code).toBe(0);
    expect(JSON.parse(readFileSync(file(line), "utf8"))).toMatchObject({
      agents: { "*": { allowlist: [{ pattern: "id", argPattern: "^-u$" }] } },
    });
    expect((await line.call("approvals", "check", "--", "id", "-u")).code).toBe(0);
    expect((await line.call("approvals", "check", "--", "id", "-g")).code).toBe(1);
    expect((await line.call("approvals", "get")).stdout).toContain("id (arguments ^-u$)");
    expect((await line.call(...add)).stderr).toStartWith("Already allowlisted");
    const remove = ["approvals", "allowlist", "remove", "id", "--arg-pattern"];
    expect((await line.call(...remove, "^-g$")).stderr).toStartWith("Pattern not found");
    expect((await line.call(...remove, "^-u$")).stderr).toStartWith("Removed");
  });

  test("refuses what is not supported, and writes nothing", async () => {
    using line = new CommandLine();
    const ended = await line.call("approvals", "allowlist", "add", "id", "--arg-pattern", "a(?=b)");
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(
      `Cannot use --arg-pattern "a(?=b)": its argPattern is not supported: it looks ahead or behind`,
    );
    expect((await line.call("approvals", "get")).stdout).toContain("Allowlist (0)");
  });

  test("says when a pattern allows longer arguments too", async () => {
    using line = new CommandLine();
    const add = ["approvals", "allowlist", "add", "id", "--arg-pattern"];
    expect((await line.call(...add, "u$")).stderr).toContain("Note: without ^");
    expect((await line.call(...add, "^-g$")).stderr).not.toContain("Note");
  });
});

describe("approvals check --json", () => {
  const check = async (policy: unknown, ...words: string[]) => {
    using line = withPolicy(policy);
    const { stdout, code } = await line.call("approvals", "check", "--json", ...words);
    return { code, ...JSON.parse(stdout) };
  };

  test("a refusal carries its code, the part at fault, where settings came from, what allows it", async () => {
    const policy = {
      version: 1,
      defaults: { ask: "off" },
      agents: { main: { allowlist: ["id"] } },
    };
    expect(await check(policy, "--shell", "id -u && uname")).toMatchObject({
      code: "allowlist-miss",
      allowed: false,
      security: { value: "allowlist", source: "built-in" },
      ask: { value: "off", source: "defaults" },
      askFallback: { value: "deny", source: "built-in" },
      autoAllowSkills: { value: false, source: "built-in" },
      commands: [
        { words: "id -u", programs: [{ rule: "id" }] },
        { words: "uname", programs: [{ rule: null }] },
      ],
      faults: [{ command: 1, text: "uname", problem: "not on the allowlist" }],
      allowWith: [
        expect.stringMatching(/^clawdbot approvals allowlist add \S+\/uname --agent main$/),
      ],
    });
  });

  test.each<[string, unknown, string[], object]>([
    [
      "deny",
      { defaults: { security: "deny" } },
      ["--", "id"],
      { code: "security-deny", faults: [] },
    ],
    [
      "the deny list",
      { defaults: { security: "full" }, deny: ["id"] },
      ["--", "id"],
      { code: "deny-list", allowWith: ["clawdbot approvals deny remove id"] },
    ],
    [
      "a text that is not understood",
      { defaults: { ask: "off" } },
      ["--shell", "$(id)"],
      { code: "allowlist-miss", notUnderstood: expect.any(String), allowWith: [] },
    ],
    [
      "program text",
      { agents: { main: { allowlist: ["perl"] } } },
      ["--strict-inline-eval", "--", "perl", "-e", "1"],
      {
        code: "approval-required",
        faults: [{ problem: "inline code for perl needs an approval" }],
      },
    ],
  ])("%s", async (_case, policy, words, wanted) => {
    expect(await check({ version: 1, ...(policy as object) }, ...words)).toMatchObject(wanted);
  });

  test("notes what is wrong with the policy", async () => {
    const allowlist = [
      { pattern: "id", argPattern: "-u" },
      { pattern: "id", argPattern: "(a)\\1" },
    ];
    const policy = {
      version: 1,
      defaults: { autoAllowSkills: true },
      agents: { main: { allowlist } },
    };
    const { notes } = await check(policy, "--", "uname");
    expect(notes).toEqual([
      expect.stringContaining("agents.main.allowlist[1] cannot be used"),
      "id (arguments -u): without ^ and $ longer arguments are allowed too",
      "programs of skills may run too; which these are only the gateway knows",
    ]);
  });
});
