// From words to an exit code: what is shown of every kind of failure.
import { describe, expect, test } from "bun:test";
import { type CommandGroup, defineCommand, lazy } from "../../src/cli/command.ts";
import type { CliContext } from "../../src/cli/context.ts";
import { runCommandLine } from "../../src/cli/run.ts";
import { ConfigError, UsageError, UserError } from "../../src/lib/errors.ts";
import { Redactor } from "../../src/lib/redact.ts";
import { CommandLine } from "../fakes/command-line.ts";

function failing(thrown: unknown): CommandGroup {
  const fail = async (): Promise<never> => {
    throw thrown;
  };
  const spec = defineCommand({
    summary: "Fail in a certain way",
    args: { name: { type: "string", description: "Some name" } },
    run: fail,
  });
  return {
    kind: "group",
    summary: "Tests",
    commands: {
      fail: lazy("Fail in a certain way", async () => spec),
      broken: lazy("Cannot be loaded", fail),
    },
  };
}

async function run(error: unknown, { env = {}, words = ["fail"], secret = "" } = {}) {
  let [stdout, stderr] = ["", ""];
  const redactor = new Redactor();
  redactor.add(secret === "" ? undefined : secret);
  const context = {
    env,
    redactor,
    out: { isTerminal: false, write: (text: string) => void (stdout += text) },
    err: { isTerminal: false, write: (text: string) => void (stderr += text) },
  };
  // The commands above use no more of a context than this.
  const code = await runCommandLine(context as unknown as CliContext, failing(error), words);
  return { code, stdout, stderr };
}

describe("a failure", () => {
  test.each<[string, UserError, number, string]>([
    ["that was expected", new UserError("Cannot do it"), 1, "Error: Cannot do it\n"],
    [
      "with its remedy",
      new UserError("Cannot do it", { hint: "Do that", exitCode: 75 }),
      75,
      "Error: Cannot do it\n  Do that\n",
    ],
    ["of a file", new ConfigError("Cannot read it"), 3, "Error: Cannot read it\n"],
    [
      "of the command line, without a hint of its own",
      new UsageError("Cannot use it"),
      2,
      "Error: Cannot use it\n  See: clawdbot fail --help\n",
    ],
    [
      "of the command line, with one",
      new UsageError("Cannot use it", "So"),
      2,
      "Error: Cannot use it\n  So\n",
    ],
    [
      "that holds another one",
      new UserError("Cannot do it", { cause: new Error("why") }),
      1,
      "Error: Cannot do it\n",
    ],
  ])(
    "%s: one clear message, its exit code, no stack, nothing on standard output",
    async (_case, error, code, stderr) => {
      expect(await run(error)).toEqual({ code, stdout: "", stderr });
      expect(await run(error, { env: { CLAWDBOT_DEBUG: "1" } })).toEqual({
        code,
        stdout: "",
        stderr,
      });
      expect((await run(error, { words: ["broken"] })).code).toBe(code);
    },
  );

  test.each<[string, unknown, string]>([
    ["an error", new TypeError("x is not a function"), "x is not a function"],
    ["a text", "a text", "a text"],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
  ])("that is a defect says so, without a stack: %s", async (_case, error, message) => {
    const { code, stdout, stderr } = await run(error);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toStartWith(`Error: ${message}\nThis is a defect of clawdbot; please report it`);
    expect(stderr).not.toMatch(/\n +at /);
  });

  test("that is a defect shows its stack to those who ask for it", async () => {
    const { stderr } = await run(new TypeError("x"), { env: { CLAWDBOT_DEBUG: "1" } });
    expect(stderr).toMatch(/\n +at /);
  });

  test("never shows a secret", async () => {
    const error = new UserError("Cannot use my-secret-token", { hint: "Not my-secret-token" });
    const { stderr } = await run(error, { secret: "my-secret-token" });
    expect(stderr).toBe("Error: Cannot use [redacted]\n  Not [redacted]\n");
    const defect = await run(new Error("my-secret-token"), {
      secret: "my-secret-token",
      env: { CLAWDBOT_DEBUG: "1" },
    });
    expect(defect.stderr).not.toContain("my-secret-token");
  });
});

describe("help", () => {
  test.each<[string, string[], number]>([
    ["goes before wrong flags", ["fail", "--bogus", "--help"], 0],
    ["goes before missing values", ["fail", "--name", "-h"], 0],
    ["behind dashes is a word", ["fail", "--", "--help"], 2],
    ["behind dashes is a word", ["fail", "--", "-h"], 2],
  ])("%s: %j", async (_case, words, code) => {
    expect((await run(new Error("ran"), { words })).code).toBe(code);
  });
});

describe("a mistyped command", () => {
  test.each<[string[], string]>([
    [["nodess"], "Did you mean: clawdbot nodes"],
    [["gatewya"], "Did you mean: clawdbot gateway"],
    [["node", "rnu"], "Did you mean: clawdbot node run"],
    [["nodes", "aprove"], "Did you mean: clawdbot nodes approve"],
    [["nodes", "frobnicate"], "See: clawdbot nodes --help"],
    [["node", "run", "--hots", "x"], "Did you mean --host?"],
    [["node", "run", "--prot", "1"], "Did you mean --port?"],
  ])("%j: %s", async (words, hint) => {
    using line = new CommandLine();
    const { code, stdout, stderr } = await line.call(...words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.split("\n")).toEqual([expect.stringMatching(/^Error: Cannot /), `  ${hint}`, ""]);
  });
});
