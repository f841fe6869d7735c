// Deadlines, turns, input and directories of `system.run`, over a real connection.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { emptyText } from "../../src/exec/captured-text.ts";
import { parseEncoding } from "../../src/exec/output-encoding.ts";
import { runPayload } from "../../src/node/exec-events.ts";
import { pidsIn, until } from "../fakes/processes.ts";
import { RunningNode, type RunningNodeOptions, everything } from "./running-node.ts";

const children = join(import.meta.dir, "..", "fixtures", "children");
const shell = (text: string) => ["/bin/sh", "-c", text];

function node(options: RunningNodeOptions = {}): Promise<RunningNode> {
  return RunningNode.connected({ policy: everything, ...options });
}

const request = (params: unknown, timeoutMs?: number) => ({
  command: "system.run",
  paramsJSON: JSON.stringify(params),
  ...(timeoutMs === undefined ? {} : { timeoutMs }),
});

describe("the gateway's patience", () => {
  const slow = { command: shell("echo begun; exec sleep 600") };

  test("stops a command early enough: what it said arrives, with the reason", async () => {
    await using host = await node();
    const { payload, events } = await host.gateway.answerTo(request(slow, 1000));
    expect(payload).toMatchObject({ timedOut: true, success: false, stdout: "begun\n" });
    expect(payload.error).toStartWith("stopped because the gateway waits only 1 s");
    expect(payload.error).toContain("--on-gateway-timeout keep");
    expect(events[0]?.payload).toMatchObject({ timedOut: true });
  });

  test("stops one that ignores SIGTERM in time, too", async () => {
    await using host = await node();
    const command = ["/bin/sh", join(children, "ignores-term.sh"), host.at("pid")];
    const { payload } = await host.gateway.answerTo(request({ command }, 2000));
    expect(payload).toMatchObject({ timedOut: true, stdout: "about to be stubborn\n" });
  });

  test("the command's own limit comes first where it is shorter", async () => {
    await using host = await node();
    const { payload } = await host.gateway.answerTo(request({ ...slow, timeoutMs: 200 }, 60_000));
    expect(payload).toMatchObject({ timedOut: true, error: null });
  });

  test("a gateway that names none stops nothing", async () => {
    await using host = await node();
    const { payload } = await host.gateway.run({ command: shell("sleep 0.3; echo done") });
    expect(payload).toMatchObject({ timedOut: false, stdout: "done\n" });
  });

  test("a command that is kept outlives it", async () => {
    const deadlines = { maxRuntimeMs: undefined, keepAfterGateway: true };
    await using host = await node({ execution: { deadlines } });
    const command = shell("sleep 0.5; echo done");
    const { payload, events } = await host.gateway.answerTo(request({ command }, 100));
    expect(payload).toMatchObject({ timedOut: false, success: true, stdout: "done\n" });
    expect(events[0]).toMatchObject({ event: "exec.finished", payload: { output: "done" } });
  });

  test("a ceiling of this machine is told as such", async () => {
    const deadlines = { maxRuntimeMs: 300, keepAfterGateway: true };
    await using host = await node({ execution: { deadlines } });
    const { payload } = await host.gateway.run({ ...slow, timeoutMs: 60_000 });
    expect(payload).toMatchObject({ timedOut: true, stdout: "begun\n" });
    expect(payload.error).toContain("--max-runtime");
  });
});

describe("more commands than may run at once", () => {
  const one = { queue: { running: 1, waiting: 1 } };

  test("wait for their turn, and the rest is told to come back", async () => {
    await using host = await node({ execution: one });
    const { gateway } = host;
    const [go, ready] = [host.at("go"), host.at("ready")];
    const first = gateway.run({
      command: shell(`echo $$ > ${ready}; while [ ! -e ${go} ]; do sleep 0.01; done; echo first`),
    });
    await pidsIn(ready);
    const second = gateway.run({ command: shell("echo second") });
    const third = await gateway.run({ command: shell("echo third") });
    expect(third.result).toMatchObject({ ok: false, error: { code: "UNAVAILABLE" } });
    expect(third.result.error.message).toStartWith("NODE_BUSY: 1 commands run on this node and 1");
    host.file("go", "");
    expect((await first).payload.stdout).toBe("first\n");
    expect((await second).payload.stdout).toBe("second\n");
    expect((await gateway.run({ command: ["true"] })).payload.success).toBe(true);
  });

  test("a wait counts against the deadline, and nothing is run behind it", async () => {
    await using host = await node({ execution: one });
    const { gateway } = host;
    const ready = host.at("ready");
    gateway.send({
      id: "x",
      nodeId: "n",
      ...request({ command: shell(`echo $$ > ${ready}; exec sleep 600`) }),
    });
    const pids = await pidsIn(ready);
    const late = await gateway.answerTo(request({ command: ["touch", host.at("ran")] }, 400));
    expect(late.result.error.message).toStartWith("NODE_BUSY: the command was given up");
    for (const pid of pids) process.kill(pid, "SIGKILL");
    expect((await gateway.run({ command: ["true"] })).payload.success).toBe(true);
    expect(host.has("ran")).toBe(false);
  });

  test("what waits is given up when the host ends everything", async () => {
    await using host = await node({ execution: one });
    const ready = host.at("ready");
    const first = host.gateway.run({ command: shell(`echo $$ > ${ready}; exec sleep 600`) });
    await pidsIn(ready);
    const second = host.gateway.run({ command: ["touch", host.at("ran")] });
    await until(() => host.host.runningCount === 2);
    host.host.killAll();
    expect((await second).result.error.message).toStartWith("NODE_BUSY: the command was given up");
    expect((await first).payload.error).toBe("ended by signal SIGKILL");
    expect(host.has("ran")).toBe(false);
    expect(host.host.runningCount).toBe(0);
  });

  test.each<[string, (host: RunningNode) => unknown, string]>([
    [
      "what everything is denied for meanwhile",
      (host) => host.policy({ version: 1, defaults: { security: "deny" } }),
      "SYSTEM_RUN_DISABLED: security=deny",
    ],
    [
      "what no entry allows any more",
      (host) => host.policy({ version: 1, agents: { main: { allowlist: ["/bin/sh"] } } }),
      "SYSTEM_RUN_DENIED: approval required",
    ],
  ])("%s is not run when its turn comes", async (_what, change, message) => {
    await using host = await node({ execution: one });
    const { gateway } = host;
    const [go, ready] = [host.at("go"), host.at("ready")];
    const first = gateway.run({
      command: shell(`echo $$ > ${ready}; while [ ! -e ${go} ]; do sleep 0.01; done`),
    });
    await pidsIn(ready);
    const second = gateway.run({ command: ["touch", host.at("ran")] });
    await until(() => host.host.runningCount === 2);
    change(host);
    host.file("go", "");
    await first;
    const { result, events } = await second;
    expect(result.error.message).toStartWith(message);
    expect(events.map(({ event }) => event)).toContain("exec.denied");
    expect(host.has("ran")).toBe(false);
  });

  test("a refused command takes no place", async () => {
    await using host = await node({ execution: { queue: { running: 1, waiting: 0 } } });
    for (let index = 0; index < 3; index += 1) {
      expect((await host.gateway.run({ command: ["/no/such"] })).payload.success).toBe(false);
      expect((await host.gateway.run({ command: [] })).result.error.code).toBe("INVALID_REQUEST");
    }
    expect((await host.gateway.run({ command: ["true"] })).payload.success).toBe(true);
  });
});

describe("standard input", () => {
  test("is what the request says", async () => {
    await using host = await node();
    const { payload } = await host.gateway.run({ command: ["cat"], stdin: "é\nb" });
    expect(payload.stdout).toBe("é\nb");
    expect((await host.gateway.run({ command: ["cat"], stdin: "" })).payload.stdout).toBe("");
    expect((await host.gateway.run({ command: ["cat"], stdin: null })).payload.stdout).toBe("");
    expect((await host.gateway.run({ command: ["cat"], stdin: 5 })).result.error.code).toBe(
      "INVALID_REQUEST",
    );
  });

  test("of 400 000 bytes arrives whole, whether it is read or not", async () => {
    await using host = await node();
    const stdin = "x".repeat(400_000);
    const { payload } = await host.gateway.run({ command: ["wc", "-c"], stdin });
    expect(payload.stdout.trim()).toBe("400000");
    expect((await host.gateway.run({ command: ["true"], stdin })).payload.success).toBe(true);
  });

  test("is not what a person approved", async () => {
    await using host = await RunningNode.connected({ trustApprovals: true });
    const approved = { command: ["/bin/sh"], approved: true };
    const { result } = await host.gateway.run({ ...approved, stdin: "echo owned" });
    expect(result.error).toMatchObject({ code: "INVALID_REQUEST" });
    expect(result.error.message).toContain("stdin");
  });

  test("is not what anybody is asked about", async () => {
    await using host = await RunningNode.connected({ askMs: 60_000 });
    const { result } = await host.gateway.run({ command: ["/bin/sh"], stdin: "echo owned" });
    expect(result.error.message).toStartWith("SYSTEM_RUN_DENIED: approval required");
  });
});

test("a directory of the gateway's machine is found where it was mapped to", async () => {
  await using host = await RunningNode.connected({ policy: everything });
  const to = host.directory("home/project/src");
  await using mapped = await node({
    execution: { directories: [{ from: "/Users/x/project", to: host.at("home", "project") }] },
  });
  const { payload } = await mapped.gateway.run({ command: ["pwd"], cwd: "/Users/x/project/src" });
  expect(payload.stdout).toBe(`${to}\n`);
  const elsewhere = await mapped.gateway.run({ command: ["pwd"], cwd: "/Users/y" });
  expect(elsewhere.payload.error).toContain("CWD_NOT_FOUND");
});

test("output is decoded as the owner says", async () => {
  await using host = await node({ execution: { encoding: parseEncoding("gbk", "utf-8")! } });
  const { payload } = await host.gateway.run({ command: shell("printf '\\304\\343'") });
  expect(payload.stdout).toBe("你");
});

test.each([
  [1, "1 process could not be ended"],
  [2, "2 processes could not be ended"],
])("%d that even SIGKILL did not end: told in the result", (survivors, error) => {
  const outcome = {
    end: undefined,
    startError: undefined,
    timedOut: true,
    survivors,
    stdout: emptyText,
    stderr: emptyText,
  };
  expect(runPayload(outcome, "x", "", "", undefined).error).toBe(error);
});
