// Our operator asks, our operator answers, our gateway keeps the record, our node runs it.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CliContext } from "../../src/cli/context.ts";
import {
  listOnGateway,
  resolveOnGateway,
  watchOnGateway,
} from "../../src/cli/gateway-approvals.ts";
import { CommandLine, type Ended } from "../fakes/command-line.ts";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import {
  type Script,
  nodeAnswered,
  nodeRefused,
  scriptedGateway,
} from "../fakes/scripted-gateway.ts";

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await Bun.sleep(50);
  }
  throw new Error(`not within 10 s: ${what}`);
}

/** Runs what `approvals … --gateway` will run. */
const command =
  (line: CommandLine, args: object = {}) =>
  (run: (context: CliContext, args: Record<string, unknown>) => Promise<number>): Promise<Ended> =>
    line.run((context) => run(context, { ...args }));

let gateway: EmbeddedGateway;
let machine: CommandLine;
let asker: CommandLine;
let approver: CommandLine;
let nodeEnded: Promise<unknown>;

beforeEach(async () => {
  gateway = new EmbeddedGateway();
  const env = { CLAWDBOT_GATEWAY_URL: gateway.url };
  [machine, asker, approver] = [new CommandLine(), new CommandLine(env), new CommandLine(env)];
  nodeEnded = machine.call("node", "run", "--url", gateway.url, "--display-name", "Box");
  await until("the node is connected", async () => {
    const { nodes } = await asker.json("nodes", "status", "--connected");
    return nodes[0];
  });
});
afterEach(async () => {
  await Promise.race([machine.signal("SIGTERM"), nodeEnded]);
  await nodeEnded;
  for (const line of [machine, asker, approver]) line[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const run = (...words: string[]) => asker.call("nodes", "run", "--node", "box", ...words);
const askFor = (...words: string[]) => run("--request-approval", ...words);

async function pending(): Promise<any> {
  return until("somebody asks", async () => {
    const { stdout } = await command(approver, { json: true })(listOnGateway);
    return JSON.parse(stdout).pending[0];
  });
}
const answer = (id: string, decision: "allow-once" | "allow-always" | "deny", args: object = {}) =>
  command(approver, args)((context, flags) => resolveOnGateway(context, flags, id, decision));

describe("nodes run --request-approval", () => {
  test("waits for a yes, which counts once", async () => {
    const running = askFor("--env", "A=b c", "--", "/bin/sh", "-c", 'echo "$A" ok; exit 3');
    const asked = await pending();
    const text = `A='b c' /bin/sh -c 'echo "$A" ok; exit 3'`;
    expect(asked).toMatchObject({ command: text, nodeId: expect.any(String) });
    const shown = await command(approver)(listOnGateway);
    expect(shown.stdout).toContain(`  command    ${text}\n  node       Box\n`);
    expect(await answer(asked.id.slice(0, 8), "allow-once")).toEqual({
      code: 0,
      stdout: `Approved once ${asked.id}: ${text}\n`,
      stderr: "",
    });
    const ended = await running;
    expect(ended).toMatchObject({ code: 3, stdout: "b c ok\n" });
    expect(ended.stderr).toContain(`clawdbot approvals approve ${asked.id} --gateway`);
    const again = await run("--env", "A=b c", "--", "/bin/sh", "-c", 'echo "$A" ok; exit 3');
    expect(again.stderr).toContain("approval required");
  });

  test("an always is learnt by the node, and nobody is asked again", async () => {
    const running = askFor("--", "/usr/bin/id", "-u");
    await answer((await pending()).id, "allow-always");
    const ended = await running;
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\n$/) });
    const file = readFileSync(join(machine.home, ".clawdbot", "exec-approvals.json"), "utf8");
    expect(file).toContain("/usr/bin/id");
    expect(await askFor("--", "/usr/bin/id", "-u")).toEqual({ ...ended, stderr: "" });
  });

  test("a no ends it", async () => {
    const running = askFor("--raw", "echo hi | cat");
    const { id, command: text } = await pending();
    expect(text).toBe("echo hi | cat");
    const { stdout } = await answer(id, "deny", { json: true });
    expect(JSON.parse(stdout)).toEqual({ v: 1, id, decision: "deny", command: text });
    const ended = await running;
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain('on "Box": an operator refused it');
  });

  test("silence ends it as well", async () => {
    const ended = await askFor("--approval-timeout", "200ms", "--", "/usr/bin/id");
    expect(ended).toMatchObject({ code: 75, stdout: "" });
    expect(ended.stderr).toContain("nobody approved it within 200 ms");
  });

  test("Ctrl-C takes the question back", async () => {
    const running = askFor("--", "/usr/bin/id");
    await pending();
    await asker.signal("SIGINT");
    expect(await running).toMatchObject({
      code: 130,
      stderr: expect.stringContaining("nothing was run"),
    });
    await until("the question is gone", async () => {
      const { stdout } = await command(approver, { json: true })(listOnGateway);
      return JSON.parse(stdout).pending.length === 0 ? true : undefined;
    });
  });

  test("asks nobody where nobody is needed, and without the flag", async () => {
    const plain = await run("--", "/usr/bin/id");
    expect(plain.code).toBe(1);
    expect(plain.stderr).toContain("approval required");
    expect(plain.stderr).toContain("add: --request-approval");
    expect(gateway.log.lines.map(({ message }) => message)).not.toContain("approval requested");
  });
});

describe("approvals pending --gateway", () => {
  test("shows every character of a command", async () => {
    const running = askFor("--", "/bin/\u0435cho", "a\u202eb\u200b\n\u001b[2J");
    const { id } = await pending();
    const { stdout } = await command(approver)(listOnGateway);
    expect(stdout).toContain("'/bin/\\u{435}cho' 'a\\u{202e}b\\u{200b}\\u{a}\\u{1b}[2J'\n");
    await answer(id, "deny");
    await running;
  });

  test("says that nothing waits", async () => {
    expect(await command(approver)(listOnGateway)).toEqual({
      code: 0,
      stdout: "",
      stderr: "Nothing waits for approval.\n",
    });
    expect((await answer("8eec5a65", "deny")).stderr).toContain("no such request waits");
  });

  test("watches until it is stopped: what waits and what comes, each once", async () => {
    const first = askFor("--", "/usr/bin/id");
    const one = await pending();
    const watching = command(approver, { json: true })(watchOnGateway);
    await until("the watcher is there", async () => approver.listening || undefined);
    await answer(one.id, "deny");
    await first;
    const second = await askFor("--approval-timeout", "300ms", "--", "/usr/bin/uptime");
    expect(second.code).toBe(75);
    await approver.signal("SIGINT");
    const { code, stdout } = await watching;
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ event }) => event === "requested").map((line) => line.command)).toEqual([
      "/usr/bin/id",
      "/usr/bin/uptime",
    ]);
    expect(lines).toContainEqual({ v: 1, event: "resolved", id: one.id, decision: "deny" });
  });
});

describe("at a Clawdbot Gateway of January 2026", () => {
  const node = { nodeId: "n-1", displayName: "Box", platform: "linux", connected: true };
  const done = { exitCode: 0, timedOut: false, success: true, stdout: "ok\n", stderr: "" };
  const on = async (answers: Script["answers"], use: (line: CommandLine) => Promise<Ended>) => {
    await using scripted = scriptedGateway({ answers: answers ?? {} });
    using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: scripted.url });
    return { ...(await use(line)), calls: scripted.calls };
  };

  test("a request has only what it knows, and the run names its approval", async () => {
    const ended = await on(
      {
        "node.list": { payload: { nodes: [node] } },
        "node.invoke": ({ params }) =>
          params.approved === true
            ? nodeAnswered(done)
            : nodeRefused("SYSTEM_RUN_DENIED: approval required\nmore"),
        "exec.approval.request": ({ id }) => ({ payload: { id, decision: "allow-once" } }),
      },
      (line) =>
        line.call(
          ..."nodes run --node box --cwd /srv --agent ops --request-approval".split(" "),
          ..."--approval-timeout 5m -- git pull".split(" "),
        ),
    );
    expect(ended).toMatchObject({ code: 0, stdout: "ok\n" });
    const [, , request, second] = ended.calls;
    expect(request?.params).toEqual({
      id: expect.any(String),
      command: "git pull",
      host: "node",
      cwd: "/srv",
      agentId: "ops",
      timeoutMs: 300_000,
    });
    expect(second?.params.params).toMatchObject({
      command: ["git", "pull"],
      approved: true,
      approvalDecision: "allow-once",
      runId: request?.params.id,
    });
  });

  test("what waits cannot be listed, and can be answered all the same", async () => {
    const listed = await on({}, (line) => command(line)(listOnGateway));
    expect(listed.code).toBe(1);
    expect(listed.stderr).toContain("this Gateway has no such list");
    const answers = { "exec.approval.resolve": { payload: { ok: true } } };
    const resolved = await on(answers, (line) =>
      command(line)((context, args) => resolveOnGateway(context, args, "8eec", "allow-once")),
    );
    expect(resolved).toMatchObject({ code: 0, stdout: "Approved once 8eec\n" });
  });

  test("an OpenClaw is not asked for what it would refuse", async () => {
    await using scripted = scriptedGateway({
      protocol: 4,
      answers: {
        "node.list": { payload: { nodes: [node] } },
        "node.invoke": nodeRefused("SYSTEM_RUN_DENIED: approval required", "SYSTEM_RUN_DENIED"),
      },
    });
    using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: scripted.url });
    const ended = await line.call("nodes", "run", "--node", "n-1", "--request-approval", "--", "x");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("which asks only for its own agents");
  });

  test.each([
    [["--approval-timeout", "5m"], "without --request-approval"],
    [["--request-approval", "--approval-timeout", "2d"], "at most 24h"],
    [["--request-approval", "--approval-timeout", "soon"], "not a duration"],
  ])("%p is refused", async (words, text) => {
    using line = new CommandLine();
    const ended = await line.call("nodes", "run", "--node", "x", ...words, "--", "id");
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(text);
  });
});
