import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { parseRunRequest } from "../../src/node/run-request.ts";

function refusal(params: unknown): string | undefined {
  const parsed = parseRunRequest(params);
  if (parsed.ok || parsed.outcome.ok) return undefined;
  expect(parsed.outcome.code).toBe("INVALID_REQUEST");
  return parsed.outcome.message;
}

function request(params: Record<string, unknown>) {
  const parsed = parseRunRequest({ command: ["ls"], ...params });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.outcome));
  return parsed.request;
}

describe("parseRunRequest refuses", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "ls"],
    ["a number", 5],
    ["a list", ["ls"]],
    ["true", true],
  ])("%s for parameters", (_case, params) => {
    expect(refusal(params)).toBe("Error: INVALID_REQUEST: params must be an object");
  });

  test.each<[string, unknown]>([
    ["no command", undefined],
    ["null", null],
    ["a text", "ls"],
    ["an object", { 0: "ls" }],
    ["an empty list", []],
  ])("%s for a command, in the reference's words", (_case, command) => {
    expect(refusal({ command })).toBe("command required");
  });

  test.each<[string, unknown]>([
    ["a number", ["ls", 5]],
    ["null", [null]],
    ["a list in the list", [["ls"]]],
    ["an object", ["ls", { toString: "x" }]],
    ["true", ["ls", true]],
  ])("%s among the words", (_case, command) => {
    expect(refusal({ command })).toStartWith("Error: INVALID_REQUEST: at /command/");
  });

  test.each([[""], [" "], ["\t\n"]])("the program %j", (program) => {
    expect(refusal({ command: [program, "x"] })).toContain("the program's name is blank");
  });

  test.each<[string, Record<string, unknown>]>([
    ["cwd", { cwd: 5 }],
    ["cwd", { cwd: ["/"] }],
    ["env", { env: "A=1" }],
    ["env", { env: ["A=1"] }],
    ["env/A", { env: { A: 1 } }],
    ["env/PATH", { env: { PATH: null } }],
    ["timeoutMs", { timeoutMs: "5" }],
    ["timeoutMs", { timeoutMs: {} }],
    ["agentId", { agentId: 5 }],
    ["agentId", { agentId: {} }],
    ["sessionKey", { sessionKey: 5 }],
    ["runId", { runId: [] }],
    ["approved", { approved: "true" }],
    ["approved", { approved: 1 }],
    ["approvalDecision", { approvalDecision: true }],
    ["needsScreenRecording", { needsScreenRecording: "no" }],
    ["rawCommand", { rawCommand: ["ls"] }],
  ])("a wrong type of %s: %j", (path, params) => {
    expect(refusal({ command: ["ls"], ...params })).toStartWith(
      `Error: INVALID_REQUEST: at /${path}: `,
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ["the program", { command: ["l\0s"] }],
    ["a word", { command: ["ls", "a\0b"] }],
    ["the directory", { cwd: "/tmp\0" }],
    ["the agent", { agentId: "a\0" }],
  ])("a NUL in %s", (_case, params) => {
    expect(refusal({ command: ["ls"], ...params })).toBe("command must not contain NUL bytes");
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "a directory that no system has",
      { cwd: "/x".repeat(3000) },
      "cwd has more than 4096 characters",
    ],
    ["an agent of 513 characters", { agentId: "x".repeat(513) }, "at most 512 characters"],
    ["a session of 513 characters", { sessionKey: "x".repeat(513) }, "at most 512 characters"],
    [
      "1001 variables",
      { env: Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`A${index}`, ""])) },
      "env has more than 1000 variables",
    ],
    ["a variable of 513 characters", { env: { ["A".repeat(513)]: "" } }, "at most 512 characters"],
    ["a run of 513 characters", { runId: "x".repeat(513) }, "at most 512 characters"],
  ])("%s", (_case, params, problem) => {
    expect(refusal({ command: ["ls"], ...params })).toContain(problem);
  });

  test.each<[string, string[], string]>([
    ["another command", ["id"], "echo hi"],
    ["another command in the wrapper", ["/bin/sh", "-lc", "id"], "echo hi"],
    ["the text with more behind it", ["/bin/sh", "-lc", "echo hi; id"], "echo hi"],
    ["the text with words behind it", ["/bin/sh", "-lc", "echo hi", "id"], "echo hi"],
    ["a wrapper that is none", ["/tmp/sh", "-c", "echo hi"], "echo hi"],
    ["a wrapper of another shell", ["/bin/zsh", "-c", "echo hi"], "echo hi"],
    ["a part of the words", ["echo", "hi", "there"], "echo hi"],
  ])("a rawCommand for %s", (_case, command, rawCommand) => {
    expect(refusal({ command, rawCommand })).toBe("rawCommand does not match command");
  });
});

describe("parseRunRequest reads", () => {
  test("the least that is possible", () => {
    expect(request({})).toEqual({
      argv: ["ls"],
      commandText: "ls",
      cwd: undefined,
      env: {},
      timeoutMs: undefined,
      agentId: undefined,
      sessionKey: "node",
      runId: undefined,
      approved: false,
      approvedAlways: false,
      fallback: false,
      plan: undefined,
      suppressNotify: false,
      needsScreenRecording: false,
    });
  });

  test("null as absence, everywhere", () => {
    const keys = ["rawCommand", "cwd", "env", "timeoutMs", "needsScreenRecording", "agentId"];
    const more = ["sessionKey", "runId", "approved", "approvalDecision", "approvalSource"];
    const later = ["systemRunPlan", "suppressNotifyOnExit"];
    const nulls = Object.fromEntries([...keys, ...more, ...later].map((key) => [key, null]));
    expect(request(nulls)).toEqual(request({}));
  });

  test("what an agent of the reference sends", () => {
    expect(
      request({
        command: ["/bin/sh", "-lc", "echo hi"],
        rawCommand: " echo hi ",
        cwd: " /srv/app ",
        env: { A: "1" },
        timeoutMs: 1500.5,
        needsScreenRecording: false,
        agentId: " main ",
        sessionKey: "agent:main:x",
        runId: "r-1",
        approved: false,
        approvedAlways: false,
        approvalDecision: "allow-once",
        unknown: { to: "us" },
      }),
    ).toEqual({
      argv: ["/bin/sh", "-lc", "echo hi"],
      commandText: "echo hi",
      cwd: "/srv/app",
      env: { A: "1" },
      timeoutMs: 1500.5,
      agentId: "main",
      sessionKey: "agent:main:x",
      runId: "r-1",
      approved: true,
      approvedAlways: false,
      fallback: false,
      plan: undefined,
      suppressNotify: false,
      needsScreenRecording: false,
    });
  });

  test.each<[string, Record<string, unknown>, boolean]>([
    ["approved", { approved: true }, true],
    ["allowed once", { approvalDecision: "allow-once" }, true],
    ["allowed always", { approvalDecision: "allow-always" }, true],
    ["denied", { approvalDecision: "deny" }, false],
    ["denied but called approved", { approved: true, approvalDecision: "deny" }, true],
    ["another word", { approvalDecision: "ALLOW-ONCE" }, false],
    ["another word with blanks", { approvalDecision: " allow-once" }, false],
    ["not approved", { approved: false }, false],
  ])("an approval: %s", (_case, params, approved) => {
    expect(request(params).approved).toBe(approved);
  });

  test.each([[0], [-1], [-0], [-1e308]])("the time limit %p is none", (timeoutMs) => {
    expect(request({ timeoutMs }).timeoutMs).toBeUndefined();
  });

  test("blank texts as absence", () => {
    const blanks = { cwd: " ", agentId: "", sessionKey: "\t", runId: " ", rawCommand: " " };
    expect(request(blanks)).toEqual(request({}));
  });

  test.each<[string, string[], string | undefined, string]>([
    ["the words", ["echo", "a b", ""], undefined, 'echo "a b" ""'],
    ["the text of a wrapper", ["bash", "-lc", "a | b"], "a | b", "a | b"],
    ["a wrapper without rawCommand", ["sh", "-c", "a | b"], undefined, 'sh -c "a | b"'],
    ["rawCommand that says the same", ["echo", "hi"], "echo hi", "echo hi"],
    ["a Windows wrapper", ["cmd.exe", "/d", "/s", "/c", "dir"], "dir", "dir"],
  ])("what people see: %s", (_case, command, rawCommand, shown) => {
    expect(request({ command, rawCommand }).commandText).toBe(shown);
  });

  test("a long command is shown in part, without half a character", () => {
    const { commandText, argv } = request({ command: ["echo", "😀".repeat(20_000)] });
    expect(commandText.length).toBeLessThanOrEqual(8193);
    expect(commandText.isWellFormed()).toBe(true);
    expect(commandText).toEndWith("😀…");
    expect(argv[1]).toHaveLength(40_000);
  });

  test("the words as they were sent, always: what is shown is never what runs", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (command) => {
        const parsed = parseRunRequest({ command });
        if (parsed.ok) expect(parsed.request.argv).toEqual(command);
        else expect(command[0]?.trim() === "" || command.join("").includes("\0")).toBe(true);
      }),
      { seed: 20_260_124, numRuns: 300 },
    );
  });
});

test("whatever comes, there is an answer and no exception", () => {
  const keys = ["command", "rawCommand", "cwd", "env", "timeoutMs", "agentId", "runId", "approved"];
  const params = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom(...keys, "__proto__", "x"), fc.jsonValue()),
  );
  fc.assert(
    fc.property(params, (value) => {
      const parsed = parseRunRequest(value);
      if (!parsed.ok) expect(parsed.outcome).toMatchObject({ ok: false, code: "INVALID_REQUEST" });
    }),
    { seed: 20_260_124, numRuns: 1000 },
  );
});
