import { describe, expect, test } from "bun:test";

import { allGone, isAlive, pidsIn, until } from "../fakes/processes.ts";
import { everything, RunningNode } from "./running-node.ts";

const later = { protocol: 4, version: "2026.9.6" };

function cancel(node: RunningNode, payload: unknown): void {
  node.gateway.say(JSON.stringify({ type: "event", event: "node.invoke.cancel", payload }));
}

function start(node: RunningNode, id: string, command: readonly string[]): void {
  node.gateway.send({
    id,
    nodeId: "n",
    command: "system.run",
    paramsJSON: JSON.stringify({ command, cwd: node.home }),
  });
}

describe("node.invoke.cancel", () => {
  test("ends the command with its children, and nothing is answered", async () => {
    await using node = await RunningNode.connected({ policy: everything, gateway: later });
    const script = 'sleep 300 & printf "$!\\n$$\\n" > pids; wait';
    start(node, "i-1", ["/bin/sh", "-c", script]);
    const pids = await pidsIn(node.at("home/pids"));
    expect(pids.every(isAlive)).toBe(true);
    cancel(node, { invokeId: "i-1", nodeId: "n" });
    await allGone(pids);
    await until(() => node.host.runningCount === 0);
    // The line keeps its order: what had been sent for the cancelled run would stand ahead.
    const { result } = await node.gateway.run({ command: ["true"] });
    expect(result.ok).toBe(true);
    expect(node.gateway.frames.filter(({ text }) => text.includes("i-1"))).toEqual([]);
    expect(node.gateway.frames.filter(({ method }) => method === "node.event")).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ["another request", { invokeId: "i-2", nodeId: "n" }],
    ["no request", { nodeId: "n" }],
    ["nothing", null],
    ["a list", ["i-1"]],
    ["a number", { invokeId: 1, nodeId: "n" }],
  ])("for %s changes nothing", async (_name, payload) => {
    await using node = await RunningNode.connected({ policy: everything, gateway: later });
    start(node, "i-1", ["/bin/sh", "-c", "echo $$ > pids; until [ -e go ]; do sleep 0.01; done"]);
    await pidsIn(node.at("home/pids"));
    cancel(node, payload);
    node.file("home/go", "");
    await node.gateway.until(
      () => node.gateway.frames.some(({ params }) => params.id === "i-1" && params.ok === true),
      "the result",
    );
  });
});

describe("a run on a later gateway", () => {
  test("that takes too long ends with 124, on an older one without a number", async () => {
    await using node = await RunningNode.connected({ policy: everything, gateway: later });
    const stopped = { command: ["sleep", "300"], timeoutMs: 100 };
    const { payload } = await node.gateway.run(stopped);
    expect(payload).toMatchObject({ exitCode: 124, timedOut: true, success: false });
    await using old = await RunningNode.connected({ policy: everything });
    expect((await old.gateway.run(stopped)).payload.exitCode).toBeUndefined();
  });

  test("tells its event what the request said of notifications", async () => {
    await using node = await RunningNode.connected({ policy: everything, gateway: later });
    const quiet = await node.gateway.run({ command: ["true"], suppressNotifyOnExit: true });
    expect(quiet.events[0]?.payload.suppressNotifyOnExit).toBe(true);
    const { events } = await node.gateway.run({ command: ["true"] });
    expect(events[0]?.payload).not.toHaveProperty("suppressNotifyOnExit");
  });
});
