// `nodes run`, `which` and `invoke`, over a real socket.
import { describe, expect, test } from "bun:test";
import { CommandLine, type Ended } from "../fakes/command-line.ts";
import {
  type Script,
  type Scripted,
  type ScriptedGateway,
  nodeAnswered,
  nodeRefused,
  scriptedGateway,
} from "../fakes/scripted-gateway.ts";

const node = { nodeId: "n-1", displayName: "Build Box", platform: "linux", connected: true };
const done = { exitCode: 0, timedOut: false, success: true, stdout: "", stderr: "", error: null };

function script(answer: Scripted, nodes: readonly unknown[] = [node]): Script {
  return { answers: { "node.list": { payload: { nodes } }, "node.invoke": answer } };
}

async function on(
  given: Script,
  ...words: string[]
): Promise<Ended & { gateway: ScriptedGateway }> {
  await using gateway = scriptedGateway(given);
  using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
  return { ...(await line.call("nodes", ...words)), gateway };
}

const run = (answer: Scripted, ...words: string[]) =>
  on(script(answer), "run", "--node", "build-box", ...words);

const invoked = ({ gateway }: { gateway: ScriptedGateway }): any =>
  gateway.calls.find(({ method }) => method === "node.invoke")?.params;

describe("nodes run", () => {
  test("asks for exactly this command, once", async () => {
    const ended = await run(nodeAnswered(done), "--", "git", "-C", "/srv app", "--json", "");
    expect(ended).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(invoked(ended)).toEqual({
      nodeId: "n-1",
      command: "system.run",
      params: { command: ["git", "-C", "/srv app", "--json", ""], timeoutMs: 600_000 },
      timeoutMs: 610_000,
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(ended.gateway.calls.map(({ method }) => method)).toEqual(["node.list", "node.invoke"]);
  });

  test("passes all options on", async () => {
    const ended = await run(
      nodeAnswered(done),
      ..."--cwd /srv --env A=1 --env=B=x=y --agent ops --timeout 90s -- make".split(" "),
    );
    expect(invoked(ended)).toMatchObject({
      params: {
        command: ["make"],
        cwd: "/srv",
        env: { A: "1", B: "x=y" },
        agentId: "ops",
        timeoutMs: 90_000,
      },
      timeoutMs: 100_000,
    });
  });

  test("a bare number is milliseconds", async () => {
    const ended = await run(nodeAnswered(done), "--timeout", "30000", "--", "make");
    expect(invoked(ended).params.timeoutMs).toBe(30_000);
  });

  test("--raw gives shell text in the wrapper that nodes know", async () => {
    const ended = await run(nodeAnswered(done), "--raw", "echo a | cat");
    expect(invoked(ended).params).toMatchObject({
      command: ["/bin/sh", "-lc", "echo a | cat"],
      rawCommand: "echo a | cat",
    });
    const windows = [{ ...node, platform: "win32" }];
    const there = await on(
      script(nodeAnswered(done), windows),
      "run",
      "--node",
      "n-1",
      "--raw",
      "dir",
    );
    expect(invoked(there).params.command).toEqual(["cmd.exe", "/d", "/s", "/c", "dir"]);
  });

  test("output goes through unchanged, on the stream that it was on", async () => {
    const [stdout, stderr] = ["out\u0000\u001b[1m\r\nno newline é", "err\n"];
    const ended = await run(nodeAnswered({ ...done, exitCode: 3, stdout, stderr }), "--", "x");
    expect(ended).toMatchObject({ code: 3, stdout, stderr });
  });

  test.each<[string, Scripted, number, string]>([
    [
      "a time limit",
      nodeAnswered({ timedOut: true, stderr: "half" }),
      124,
      "half\nThe node stopped",
    ],
    ["a missing program", nodeAnswered({ error: "spawn x ENOENT" }), 127, "Cannot run \"x 'a b'\""],
    ["a program that may not run", nodeAnswered({ error: "spawn x EACCES" }), 126, "EACCES"],
    ["a signal", nodeAnswered({ error: "ended by signal SIGTERM" }), 143, "SIGTERM"],
    [
      "a denial",
      nodeRefused("SYSTEM_RUN_DENIED: allowlist miss\nAllow it: clawdbot approvals …"),
      1,
      'Error: Refused by the node "Build Box": SYSTEM_RUN_DENIED: allowlist miss\n  Allow it: clawdbot',
    ],
    [
      "a gateway's deadline",
      nodeRefused("node invoke timed out", "TIMEOUT"),
      124,
      "no result within",
    ],
    [
      "a node that is away",
      {
        error: {
          code: "UNAVAILABLE",
          message: "node not connected",
          details: { code: "NOT_CONNECTED" },
        },
      },
      1,
      "the node is known but not connected",
    ],
    ["a gateway that goes away", "close", 75, "whether the node carried it out is unknown"],
    ["a result that is none", nodeAnswered("done"), 13, "Cannot read the answer to system.run"],
    ["no payload", { payload: { ok: true } }, 13, "Cannot read the answer to system.run"],
  ])("%s", async (_case, answer, code, text) => {
    const ended = await run(answer, "--", "x", "a b");
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
    expect(ended.stderr).toContain(text);
  });

  test("a result that came only as text counts as well", async () => {
    const payloadJSON = JSON.stringify({ ...done, stdout: "hi\n" });
    const ended = await run({ payload: { ok: true, payloadJSON } }, "--", "x");
    expect(ended.stdout).toBe("hi\n");
  });

  test("--json is the whole result, and the exit code is the command's", async () => {
    const answer = nodeAnswered({ ...done, exitCode: 3, success: false, stdout: "a\n" });
    const ended = await run(answer, "--json", "--", "x");
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.stdout)).toEqual({
      v: 1,
      nodeId: "n-1",
      command: ["x"],
      exitCode: 3,
      timedOut: false,
      success: false,
      stdout: "a\n",
      stderr: "",
      error: null,
    });
  });

  test("Ctrl-C stops the waiting and says what it leaves behind", async () => {
    await using gateway = scriptedGateway(script("silence"));
    using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
    const running = line.call("nodes", "run", "--node", "n-1", "--", "sleep", "99");
    await line.signal("SIGINT");
    expect(await running).toEqual({
      code: 130,
      stdout: "",
      stderr: 'Error: Stopped waiting (SIGINT): the command may still be running on "Build Box"\n',
    });
  });

  test.each([
    ["no node", ["--", "x"], "Cannot run this without --node"],
    ["no command", ["--node", "n-1"], "no command is given"],
    ["a command without dashes", ["--node", "n-1", "ls"], "Put -- before it: -- ls"],
    ["two commands", ["--node", "n-1", "--raw", "x", "--", "y"], "one of them is the command"],
    ["a variable without a value", ["--node", "n-1", "--env", "A", "--", "x"], "names no value"],
    [
      "a time limit of 24 days",
      ["--node", "n-1", "--timeout", "30d", "--", "x"],
      "at most 24 days",
    ],
  ])("refuses %s before it dials", async (_case, words, text) => {
    const ended = await on(script(nodeAnswered(done)), "run", ...words);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(text);
    expect(ended.gateway.connects).toEqual([]);
  });

  test("five megabytes of arguments are refused here, not by a broken line", async () => {
    const ended = await run(nodeAnswered(done), "--", "echo", "x".repeat(5_000_000));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("the gateway accepts at most 524288");
  });
});

describe("nodes which", () => {
  const which = (bins: unknown, ...names: string[]) =>
    on(script(nodeAnswered({ bins })), "which", "--node", "n-1", ...names);

  test("shows where the programs are", async () => {
    const ended = await which({ git: "/usr/bin/git", sh: "/bin/sh" }, "git", "sh", "git");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toBe("git  /usr/bin/git\nsh   /bin/sh\n");
    expect(invoked(ended)).toMatchObject({
      command: "system.which",
      params: { bins: ["git", "sh"] },
    });
  });

  test("takes names after -- too", async () => {
    expect((await which({ git: "/g" }, "--", "git")).code).toBe(0);
  });

  test("what is missing is said, and makes it fail", async () => {
    const ended = await which({ git: "/usr/bin/git" }, "git", "nope");
    expect(ended).toMatchObject({
      code: 1,
      stdout: "git  /usr/bin/git\n",
      stderr: 'nope: not found on "Build Box"\n',
    });
    const { stdout } = await which({ git: "/usr/bin/git" }, "git", "nope", "--json");
    expect(JSON.parse(stdout)).toEqual({
      v: 1,
      nodeId: "n-1",
      bins: { git: "/usr/bin/git" },
      missing: ["nope"],
    });
  });

  test("what the node adds to the question is left out", async () => {
    expect((await which({ git: "/g", sudo: "/evil" }, "git")).stdout).toBe("git  /g\n");
  });

  test("names that every object has are not found by accident", async () => {
    expect((await which({}, "constructor", "toString")).code).toBe(1);
  });

  test("a path cannot move the cursor", async () => {
    expect((await which({ git: "/a\u001b[2J\nb" }, "git")).stdout).toBe("git  /a\\u{1b}[2J\\nb\n");
  });

  test.each([
    ["no name", [], { git: "/g" }, 2],
    ["a list for an object", ["git"], ["/g"], 13],
    ["a path that is a number", ["git"], { git: 5 }, 13],
    ["null", ["git"], null, 13],
  ])("refuses %s", async (_case, names, bins, code) => {
    expect((await which(bins, ...names)).code).toBe(code);
  });
});

describe("nodes invoke", () => {
  const invoke = (answer: Scripted, ...words: string[]) =>
    on(script(answer), "invoke", "--node", "n-1", "--command", "some.command", ...words);

  test("prints what the node answers", async () => {
    const ended = await invoke(nodeAnswered({ a: [1] }), "--params", '{"x":1}');
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toEqual({ a: [1] });
    expect(invoked(ended)).toMatchObject({
      command: "some.command",
      params: { x: 1 },
      timeoutMs: 15_000,
    });
  });

  test("--json names what was asked", async () => {
    const { stdout } = await invoke(nodeAnswered({ a: null }), "--json");
    expect(JSON.parse(stdout)).toEqual({
      v: 1,
      ok: true,
      nodeId: "n-1",
      command: "some.command",
      payload: { a: null },
    });
  });

  test.each<[string, string, unknown]>([
    ["nothing", "", {}],
    ["null", "null", null],
    ["a list", "[1]", [1]],
  ])("sends %s as it is", async (_case, text, wanted) => {
    const words = text === "" ? [] : ["--params", text];
    expect(invoked(await invoke(nodeAnswered(1), ...words)).params).toEqual(wanted);
  });

  test("an answer that is no JSON is shown as the text that it is", async () => {
    const { stdout } = await invoke({ payload: { ok: true, payloadJSON: "{oops" } });
    expect(JSON.parse(stdout)).toEqual({ payloadJSON: "{oops" });
  });

  test("--invoke-timeout is the gateway's deadline", async () => {
    const ended = await invoke(nodeAnswered(1), "--invoke-timeout", "2m");
    expect(invoked(ended).timeoutMs).toBe(120_000);
  });

  test.each([
    ["parameters that are no JSON", ["--params", "{"], "it is not valid JSON"],
    ["a second command", ["--command", "x"], "Cannot use --command twice"],
  ])("refuses %s", async (_case, words, text) => {
    const ended = await invoke(nodeAnswered(1), ...words);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(text);
  });

  test("refuses to invoke nothing", async () => {
    const ended = await on(script(nodeAnswered(1)), "invoke", "--node", "n-1");
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("--command is missing");
  });
});
