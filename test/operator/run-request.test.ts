import { describe, expect, test } from "bun:test";
import { type RunFlags, checkRunFlags, runRequest } from "../../src/operator/run-request.ts";

const flags: RunFlags = {
  argv: ["git", "pull"],
  raw: undefined,
  cwd: undefined,
  env: [],
  agentId: undefined,
  timeoutMs: 60_000,
};

describe("runRequest", () => {
  test("sends the words as they are, and gives the gateway longer than the node", () => {
    const argv = ["printf", "", "--", "$HOME; rm -rf /", "'\"\n"];
    expect(runRequest({ ...flags, argv }, { platform: "linux" })).toEqual({
      params: { command: argv, timeoutMs: 60_000 },
      shown: { argv, raw: undefined, env: {} },
      invokeMs: 70_000,
    });
  });

  test("sends what was asked for and nothing else", () => {
    const asked = { ...flags, cwd: "/srv app", env: ["A=1", "B=", "C=x=y", "A=2"], agentId: "ops" };
    expect(runRequest(asked, {}).params).toEqual({
      command: ["git", "pull"],
      cwd: "/srv app",
      env: { A: "2", B: "", C: "x=y" },
      agentId: "ops",
      timeoutMs: 60_000,
    });
  });

  test.each([
    ["linux", ["/bin/sh", "-lc"]],
    ["darwin", ["/bin/sh", "-lc"]],
    ["win32", ["cmd.exe", "/d", "/s", "/c"]],
    ["Windows", ["cmd.exe", "/d", "/s", "/c"]],
    [undefined, ["/bin/sh", "-lc"]],
  ])("wraps shell text for platform %s", (platform, shell) => {
    const raw = "echo a | cat";
    const node = platform === undefined ? {} : { platform };
    const { params } = runRequest({ ...flags, argv: [], raw }, node);
    expect(params).toEqual({ command: [...shell, raw], rawCommand: raw, timeoutMs: 60_000 });
  });

  test("a variable called __proto__ is a variable", () => {
    const { params } = runRequest({ ...flags, env: ["__proto__=x"] }, {});
    expect(JSON.stringify(params["env"])).toBe('{"__proto__":"x"}');
  });
});

describe("checkRunFlags", () => {
  test.each<[string, Partial<RunFlags>, string]>([
    ["no command", { argv: [] }, "no command is given"],
    ["an empty program", { argv: ["", "x"] }, "names a program"],
    ["both kinds of command", { raw: "x" }, "one of them is the command"],
    ["a variable without a value", { env: ["A"] }, 'Cannot use --env "A": it names no value'],
    ["a value without a variable", { env: ["=a"] }, "it names no variable"],
  ])("refuses %s", (_case, change, text) => {
    expect(() => checkRunFlags({ ...flags, ...change })).toThrow(text);
  });

  test("the value of a variable is never shown", () => {
    expect(() => checkRunFlags({ ...flags, env: ["=secret"] })).toThrow(/^[^]*$/);
    expect(() => checkRunFlags({ ...flags, env: ["=secret"] })).not.toThrow("secret");
  });
});
