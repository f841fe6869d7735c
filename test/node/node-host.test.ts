// The node host as a whole: what it survives, and how it ends.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { allGone, pidsIn, until } from "../fakes/processes.ts";
import { RunningNode, everything } from "./running-node.ts";

const children = join(import.meta.dir, "..", "fixtures", "children");
const child = (name: string, ...words: string[]) => ["/bin/sh", join(children, name), ...words];
const shell = (text: string) => ["/bin/sh", "-c", text];

describe("malformed requests", () => {
  test("are all answered, and the node goes on", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const requests: Record<string, unknown>[] = [
      { command: "system.run" },
      { command: "system.run", paramsJSON: null },
      { command: "system.run", paramsJSON: "null" },
      { command: "system.run", paramsJSON: "{" },
      { command: "system.run", paramsJSON: "[]" },
      { command: "system.run", paramsJSON: '{"command":[]}' },
      { command: "system.run", paramsJSON: '{"command":[""]}' },
      { command: "system.run", paramsJSON: '{"command":["a\\u0000b"]}' },
      { command: "system.run", paramsJSON: '{"command":["ls"],"cwd":5}' },
      { command: "system.run", paramsJSON: '{"command":["ls"],"env":{"PATH":5}}' },
      { command: "system.run", paramsJSON: '{"command":["ls"],"agentId":{}}' },
      {
        command: "system.run",
        paramsJSON: JSON.stringify({ command: ["ls", "x".repeat(5_000_000)] }),
      },
      {
        command: "system.run",
        paramsJSON: JSON.stringify({ command: Array(300_000).fill("true") }),
      },
      {
        command: "system.run",
        paramsJSON: JSON.stringify({ command: ["ls"], cwd: "/x".repeat(9999) }),
      },
      {
        command: "system.run",
        paramsJSON: `{"command":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      },
      { command: "system.which", paramsJSON: "{}" },
      { command: "system.execApprovals.set", paramsJSON: "5" },
      { command: "no.such.command", paramsJSON: "{}" },
      { command: 5 },
    ];
    for (const request of requests) {
      const { result } = await node.gateway.answerTo(request);
      if (result.ok) expect(JSON.parse(result.payloadJSON).error).toMatch(/E2BIG|ARG_TOO_LONG/);
      else expect(result.error.message).not.toBe("");
    }
    for (const text of [
      "",
      "x",
      "{",
      "null",
      "[]",
      '{"type":"event"}',
      '{"type":"req","id":"1","method":"x"}',
    ]) {
      node.gateway.say(text);
    }
    node.gateway.send({});
    expect((await node.gateway.run({ command: ["true"] })).payload.success).toBe(true);
    expect(node.gateway.closes).toEqual([]);
  });
});

describe("the end of the host", () => {
  test("waits for commands, answers them, and takes no more", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const go = node.at("go");
    const answer = node.gateway.run({
      command: shell(`while [ ! -e ${go} ]; do sleep 0.01; done; echo done`),
    });
    await until(() => node.host.runningCount === 1);
    const drained = node.host.drain(60_000);
    const late = await node.gateway.run({ command: ["true"] });
    expect(late.result.error).toEqual({
      code: "UNAVAILABLE",
      message: "the node host is stopping",
    });
    node.file("go", "");
    expect((await answer).payload.stdout).toBe("done\n");
    expect((await answer).lastTwo).toEqual(["node.event", "node.invoke.result"]);
    await drained;
    await node.gateway.until(() => node.gateway.closes.length > 0);
    expect(node.gateway.closes).toEqual([1000]);
  });

  test("ends commands that take longer, tree and all, and still delivers what they said", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const answer = node.gateway.run({
      command: child("has-stubborn-grandchild.sh", node.at("pids")),
    });
    const pids = await pidsIn(node.at("pids"));
    await node.host.drain(0);
    expect((await answer).payload).toMatchObject({
      success: false,
      error: "ended by signal SIGTERM",
    });
    await allGone(pids);
  });

  test("killing everything takes the trees at once", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const answer = node.gateway.run({
      command: child("has-stubborn-grandchild.sh", node.at("pids")),
    });
    const pids = await pidsIn(node.at("pids"));
    node.host.killAll();
    expect((await answer).payload.error).toBe("ended by signal SIGKILL");
    await allGone(pids);
  });
});

describe("a lost connection", () => {
  test("does not end a command; its answer goes over the new one", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const go = node.at("go");
    const command = shell(`while [ ! -e ${go} ]; do sleep 0.01; done; echo done`);
    const paramsJSON = JSON.stringify({ command });
    node.gateway.send({ id: "lost", nodeId: "n", command: "system.run", paramsJSON });
    await until(() => node.host.runningCount === 1);
    node.gateway.drop();
    await node.gateway.until(() => node.gateway.connects.length === 2, "the node comes back");
    node.file("go", "");
    await node.gateway.until(() => node.gateway.frames.length === 2, "event and result");
    expect(node.gateway.frames.map(({ method }) => method)).toEqual([
      "node.event",
      "node.invoke.result",
    ]);
    expect(node.gateway.frames[1]?.params.id).toBe("lost");
  });

  test("of a command that ends meanwhile the session learns as soon as there is a new one", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const go = node.at("go");
    const command = shell(`while [ ! -e ${go} ]; do sleep 0.01; done; echo done`);
    const paramsJSON = JSON.stringify({ command, runId: "r-1" });
    node.gateway.send({ id: "lost", nodeId: "n", command: "system.run", paramsJSON });
    await until(() => node.host.runningCount === 1);
    node.gateway.drop();
    await until(() => node.states.at(-1)?.phase.name === "waiting");
    node.file("go", "");
    await until(() => node.host.runningCount === 0);
    expect(node.states.at(-1)?.phase.name).toBe("waiting");
    await node.gateway.until(() => node.gateway.frames.length > 0, "the event");
    const [event] = node.gateway.frames;
    expect(event?.params.event).toBe("exec.finished");
    expect(JSON.parse(event?.params.payloadJSON)).toMatchObject({ runId: "r-1", output: "done" });
    await node.gateway.run({ command: ["true"] });
    const ids = node.gateway.frames.filter(({ params }) => params.event === "exec.finished");
    expect(ids).toHaveLength(2);
  });
});

describe("a renewed connection", () => {
  test("is a new introduction, and a command goes on over it", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const go = node.at("go");
    const run = node.gateway.run({
      command: shell(`while [ ! -e ${go} ]; do sleep 0.01; done; echo done`),
    });
    await until(() => node.host.runningCount === 1);
    node.host.renew();
    await node.gateway.until(() => node.gateway.connects.length === 2 && node.gateway.connected);
    await until(() => node.states.at(-1)?.phase.name === "connected");
    node.file("go", "");
    expect((await run).payload).toMatchObject({ stdout: "done\n" });
    expect(node.gateway.closes).toEqual([1000]);
  });
});
