import { describe, expect, test } from "bun:test";
import { reportPolicy } from "../../src/node/policy-report.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { approvalsStore } from "../../src/state/approvals-file.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { Scratch } from "../fakes/scratch.ts";

/** What is logged at the start about a policy file with this content. */
function report(content: unknown) {
  using scratch = new Scratch();
  const log = new CollectedLog();
  const path = scratch.at("policy.json");
  if (content !== undefined) {
    scratch.file("policy.json", typeof content === "string" ? content : JSON.stringify(content));
  }
  reportPolicy(approvalsStore(systemFiles, path, process.getuid?.()), path, log);
  return log.lines.map((line) => ({ ...line, text: `${line.level}: ${line.message}` }));
}

describe("reportPolicy", () => {
  test("an untouched machine: the built-in policy, and where its file would be", () => {
    const [line, ...more] = report(undefined);
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      level: "info",
      fields: {
        security: "allowlist",
        ask: "on-miss",
        allowlist: 0,
        file: expect.stringContaining("(not there: built-in default)"),
      },
    });
  });

  test.each<[string, unknown, string]>([
    ["damaged", "{", "it ends too early"],
    ["of another version", { version: 2 }, `"version" is 2`],
    ["nonsense", "[]", "not a JSON object"],
  ])("a policy that is %s is an error: everything is denied", (_case, content, problem) => {
    const lines = report(content);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.text).toStartWith(
      "error: the exec policy cannot be used, so every command is denied",
    );
    expect(lines[0]?.text).toContain(problem);
  });

  test("what is not understood is told part by part", () => {
    const lines = report({
      version: 1,
      defaults: { security: "open" },
      agents: { main: { allow: [] } },
    });
    expect(lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      "exec policy: agents.main.allow is not a setting; it has no effect",
      'exec policy: defaults.security is "open", wanted is deny, allowlist, full; read as deny',
    ]);
    expect(lines.at(-1)?.fields["security"]).toBe("deny");
  });

  test.each([["*"], ["**"]])(
    "an agent that may run everything because of %j is pointed out",
    (pattern) => {
      const lines = report({
        version: 1,
        agents: { ops: { allowlist: ["/a", pattern] }, main: {} },
      });
      expect(lines.map(({ text }) => text)).toContain(
        `warn: exec policy: agents.ops allows "*": every command may run`,
      );
    },
  );

  test("a usual policy is one line", () => {
    const lines = report({ version: 1, agents: { main: { allowlist: ["/usr/bin/git", "ls"] } } });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.fields["allowlist"]).toBe(2);
  });
});
