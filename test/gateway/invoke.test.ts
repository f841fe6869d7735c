import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import { newDevice, nodeProfile, operatorProfile } from "./device.ts";
import { RawClient } from "./raw-client.ts";

const device = newDevice();
const nodeId = device.deviceId;

let gateway: EmbeddedGateway;
let operator: RawClient;
let node: RawClient;

beforeEach(async () => {
  gateway = new EmbeddedGateway();
  operator = await RawClient.operator(gateway.url);
  node = await RawClient.node(gateway.url, { device });
});
afterEach(async () => {
  operator[Symbol.dispose]();
  node[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const call = { nodeId, command: "system.run", params: { command: ["id"] }, idempotencyKey: "k" };
const answer = (id: string, result: object = { ok: true, payloadJSON: '{"x":1}' }) =>
  node.payload("node.invoke.result", { id, nodeId, ...result });

/** What the node is asked next. */
async function asked(): Promise<any> {
  return (await node.event("node.invoke.request")).payload;
}

describe("node.invoke", () => {
  test("carries the call to the node and its payload back", async () => {
    const reply = operator.payload("node.invoke", { ...call, timeoutMs: 5000 });
    const { id, ...request } = await asked();
    expect(request).toEqual({
      nodeId,
      command: "system.run",
      paramsJSON: '{"command":["id"]}',
      timeoutMs: 5000,
      // A node that runs each key once must not give one operator's answer to another.
      idempotencyKey: expect.stringMatching(/^[0-9a-f]{64}:k$/),
    });
    expect(await answer(id)).toEqual({ ok: true });
    expect(await reply).toEqual({
      ok: true,
      nodeId,
      command: "system.run",
      payload: { x: 1 },
      payloadJSON: '{"x":1}',
    });
  });

  const payloads: [string, object, object][] = [
    [
      "a payload as an object",
      { ok: true, payload: { x: 1 } },
      { payload: { x: 1 }, payloadJSON: null },
    ],
    [
      "a payload with a null beside it",
      { ok: true, payload: { x: 1 }, payloadJSON: null, error: null },
      { payload: { x: 1 } },
    ],
    [
      "text that is not JSON",
      { ok: true, payloadJSON: "{x" },
      { payload: { payloadJSON: "{x" }, payloadJSON: "{x" },
    ],
    ["no payload at all", { ok: true }, { payloadJSON: null }],
  ];
  test.each(payloads)("passes %s on", async (_name, result, expected) => {
    const reply = operator.payload("node.invoke", call);
    await answer((await asked()).id, result);
    expect(await reply).toMatchObject(expected);
  });

  const errors: [string, object, object][] = [
    [
      "an error of the node",
      {
        ok: false,
        error: { code: "UNAVAILABLE", message: "SYSTEM_RUN_DENIED: approval required" },
      },
      {
        code: "UNAVAILABLE",
        message: "SYSTEM_RUN_DENIED: approval required",
        details: {
          nodeError: { code: "UNAVAILABLE", message: "SYSTEM_RUN_DENIED: approval required" },
        },
      },
    ],
    [
      "an error without words",
      { ok: false, error: {} },
      { message: "node invoke failed", details: { nodeError: {} } },
    ],
    ["a failure without an error", { ok: false }, { message: "node invoke failed" }],
  ];
  test.each(errors)("passes %s on", async (_name, result, expected) => {
    const reply = operator.error("node.invoke", call);
    await answer((await asked()).id, result);
    expect(await reply).toMatchObject(expected);
  });

  test("ends when the node takes too long; what it says then is ignored", async () => {
    const reply = operator.error("node.invoke", { ...call, timeoutMs: 30 });
    const { id } = await asked();
    expect(await reply).toEqual({
      code: "UNAVAILABLE",
      message: "node invoke timed out",
      details: { nodeError: { code: "TIMEOUT", message: "node invoke timed out" } },
    });
    expect(await answer(id)).toEqual({ ok: true, ignored: true });
  });

  test("ends when the node goes", async () => {
    const reply = operator.error("node.invoke", call);
    await asked();
    node.terminate();
    expect(await reply).toEqual({
      code: "UNAVAILABLE",
      message: "Error: node disconnected (system.run)",
    });
  });

  test("runs many at once, each with its own answer", async () => {
    const replies = Array.from({ length: 50 }, (_, index) =>
      operator.payload("node.invoke", { ...call, params: { index } }),
    );
    for (let count = 0; count < 50; count += 1) {
      const { id, paramsJSON } = await asked();
      await answer(id, { ok: true, payloadJSON: paramsJSON });
    }
    for (const [index, reply] of (await Promise.all(replies)).entries()) {
      expect(reply.payload).toEqual({ index });
    }
  });

  test("carries as much as a frame can hold", async () => {
    const reply = operator.payload("node.invoke", call);
    const stdout = "\u0000".repeat(74_000);
    await answer((await asked()).id, { ok: true, payloadJSON: JSON.stringify({ stdout }) });
    expect((await reply).payload).toEqual({ stdout });
  });

  const refused: [string, object, object][] = [
    [
      "without a key against repeats",
      { idempotencyKey: undefined },
      { message: "invalid node.invoke params: must have required property 'idempotencyKey'" },
    ],
    [
      "with an empty key",
      { idempotencyKey: "" },
      {
        message:
          "invalid node.invoke params: at /idempotencyKey: must NOT have fewer than 1 characters",
      },
    ],
    [
      "with a time limit below zero",
      { timeoutMs: -1 },
      { message: "invalid node.invoke params: at /timeoutMs: must be >= 0" },
    ],
    [
      "with a time limit that is no integer",
      { timeoutMs: 1.5 },
      { message: "invalid node.invoke params: at /timeoutMs: must be integer" },
    ],
    ["with a blank command", { command: "  " }, { message: "nodeId and command required" }],
    [
      "for a node that is not there",
      { nodeId: "x" },
      { code: "UNAVAILABLE", message: "node not connected", details: { code: "NOT_CONNECTED" } },
    ],
    [
      "of a command that is not declared",
      { command: "browser.proxy" },
      {
        message: "node command not allowed",
        details: { reason: "command not declared by node", command: "browser.proxy" },
      },
    ],
    [
      "of a command of other platforms",
      { command: "camera.snap" },
      {
        message: "node command not allowed",
        details: { reason: "command not allowlisted", command: "camera.snap" },
      },
    ],
  ];
  test.each(refused)("is refused %s", async (_name, change, expected) => {
    expect(await operator.error("node.invoke", { ...call, ...change })).toMatchObject(expected);
    expect(node.frames).toEqual([]);
  });

  test("takes out what claims an approval that nobody gave", async () => {
    operator.post("node.invoke", {
      ...call,
      params: { command: ["id"], approved: true, approvalDecision: "allow-always", cwd: "/" },
    });
    expect(JSON.parse((await asked()).paramsJSON)).toEqual({ command: ["id"], cwd: "/" });
  });

  test("reaches the approvals file only for an administrator", async () => {
    const profile = { ...operatorProfile, scopes: ["operator.read", "operator.write"] };
    using writer = await RawClient.operator(gateway.url, { profile });
    const set = { ...call, command: "system.execApprovals.set" };
    expect(await writer.error("node.invoke", set)).toMatchObject({
      message: "missing scope: operator.admin",
    });
    operator.post("node.invoke", set);
    expect(await asked()).toMatchObject({ command: "system.execApprovals.set" });
  });
});

describe("the line of a node", () => {
  test("is taken over by a newer one, whose registration outlives the old", async () => {
    const pending = operator.error("node.invoke", call);
    await asked();
    using newer = await RawClient.node(gateway.url, { device });
    expect(await node.closed).toEqual({ code: 1008, reason: "replaced by a newer connection" });
    expect(await pending).toMatchObject({ message: "Error: node disconnected (system.run)" });
    const { nodes } = await operator.payload("node.list");
    expect(nodes).toMatchObject([{ nodeId, connected: true }]);
    operator.post("node.invoke", call);
    expect((await newer.event("node.invoke.request")).payload.nodeId).toBe(nodeId);
  });

  test("cannot answer for another node", async () => {
    using thief = await RawClient.node(gateway.url);
    const reply = operator.payload("node.invoke", call);
    const { id } = await asked();
    const result = { id, nodeId, ok: true, payloadJSON: '"forged"' };
    expect(await thief.error("node.invoke.result", result)).toMatchObject({
      message: "nodeId mismatch",
    });
    await answer(id);
    expect((await reply).payload).toEqual({ x: 1 });
  });

  test("may send events; what was run is logged in one line", async () => {
    const payload = {
      sessionKey: "node",
      runId: "r",
      host: "node",
      command: "rm\u001b[2J -rf /\nx",
      exitCode: 3,
    };
    const event = { event: "exec.finished", payloadJSON: JSON.stringify(payload) };
    expect(await node.payload("node.event", event)).toEqual({ ok: true });
    expect(gateway.log.lines.at(-1)).toEqual({
      level: "info",
      message: "exec.finished",
      fields: {
        node: nodeId.slice(0, 12),
        command: "rm\\u{1b}[2J -rf /\\nx",
        exitCode: 3,
        timedOut: undefined,
        reason: undefined,
      },
    });
    for (const odd of ["{", "[]", "null", '{"command":1,"exitCode":"x"}']) {
      expect(await node.payload("node.event", { event: "exec.denied", payloadJSON: odd })).toEqual({
        ok: true,
      });
    }
    expect(await node.payload("node.event", { event: "chat.subscribe" })).toEqual({ ok: true });
    expect(await node.error("node.event", { event: "x", payloadJSON: null })).toMatchObject({
      message: "invalid node.event params: at /payloadJSON: must be string",
    });
  });
});

describe("what operators see of nodes", () => {
  test("the connected and the known, in that order", async () => {
    using gone = await RawClient.node(gateway.url, {
      profile: { ...nodeProfile, client: { ...nodeProfile.client, displayName: "a" } },
    });
    gone.close();
    await gone.closed;
    const { nodes } = await operator.payload("node.list");
    expect(nodes).toMatchObject([
      {
        nodeId,
        displayName: "box",
        platform: "linux",
        version: "9.9.9",
        remoteIp: "127.0.0.1",
        caps: ["system"],
        commands: [
          "system.execApprovals.get",
          "system.execApprovals.set",
          "system.run",
          "system.which",
        ],
        paired: true,
        connected: true,
      },
      { displayName: "a", commands: [], paired: true, connected: false },
    ]);
    expect(nodes[1].version).toBeUndefined();
  });

  test("one of them", async () => {
    expect(await operator.payload("node.describe", { nodeId })).toMatchObject({
      nodeId,
      connected: true,
    });
    expect(await operator.error("node.describe", { nodeId: "x" })).toMatchObject({
      message: "unknown nodeId",
    });
    expect(await operator.error("node.describe")).toMatchObject({
      message: "invalid node.describe params: must have required property 'nodeId'",
    });
  });

  test("under the name that an operator gave", async () => {
    expect(await operator.payload("node.rename", { nodeId, displayName: " Foo " })).toEqual({
      nodeId,
      displayName: "Foo",
    });
    expect(await operator.payload("node.describe", { nodeId })).toMatchObject({
      displayName: "Foo",
    });
    using again = await RawClient.node(gateway.url, { device });
    expect(await again.payload("skills.bins")).toEqual({ bins: [] });
    expect((await operator.payload("node.list")).nodes).toMatchObject([{ displayName: "Foo" }]);
    expect(await operator.error("node.rename", { nodeId: "x", displayName: "y" })).toMatchObject({
      message: "unknown nodeId",
    });
    expect(await operator.error("node.rename", { nodeId, displayName: " " })).toMatchObject({
      message: "displayName required",
    });
  });
});

describe("exec.approvals.node", () => {
  const snapshot = { path: "/p", exists: true, hash: "h", file: { version: 1 } };

  test("get and set reach the node without a policy of the gateway", async () => {
    using bare = await RawClient.node(gateway.url, {
      device,
      profile: { ...nodeProfile, commands: [] },
    });
    const got = operator.payload("exec.approvals.node.get", { nodeId });
    const first = (await bare.event("node.invoke.request")).payload;
    expect(first).toEqual({
      id: expect.any(String),
      nodeId,
      command: "system.execApprovals.get",
      paramsJSON: "{}",
    });
    bare.post("node.invoke.result", {
      id: first.id,
      nodeId,
      ok: true,
      payloadJSON: JSON.stringify(snapshot),
    });
    expect(await got).toEqual(snapshot);

    const set = operator.payload("exec.approvals.node.set", {
      nodeId,
      file: { version: 1 },
      baseHash: "h",
    });
    const second = (await bare.event("node.invoke.request")).payload;
    expect(JSON.parse(second.paramsJSON)).toEqual({ file: { version: 1 }, baseHash: "h" });
    bare.post("node.invoke.result", { id: second.id, nodeId, ok: true, payload: snapshot });
    expect(await set).toEqual(snapshot);
  });

  test("says what the node says, and that there is none", async () => {
    const got = operator.error("exec.approvals.node.set", { nodeId, file: {} });
    const nodeError = { code: "INVALID_REQUEST", message: "base hash required" };
    await answer((await asked()).id, { ok: false, error: nodeError });
    expect(await got).toEqual({
      code: "UNAVAILABLE",
      message: "base hash required",
      details: { nodeError },
    });
    expect(await operator.error("exec.approvals.node.get", { nodeId: "x" })).toEqual({
      code: "UNAVAILABLE",
      message: "node not connected",
      details: { nodeError: { code: "NOT_CONNECTED", message: "node not connected" } },
    });
  });
});

test("small answers for tools that ask for more", async () => {
  expect(await operator.payload("health")).toMatchObject({ ok: true });
  expect(await operator.payload("status")).toEqual({ ok: true });
  expect(await operator.payload("node.pair.list")).toEqual({ pending: [], paired: [] });
});
