import { describe, expect, test } from "bun:test";
import { Invocations } from "../../src/gateway/invocations.ts";
import type { ConnectedNode } from "../../src/gateway/node-registry.ts";
import type { Peer } from "../../src/gateway/session.ts";
import { systemRandom } from "../../src/platform/clock.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { newDevice, signedConnect } from "./device.ts";

const device = newDevice();
const call = { command: "system.run", params: { command: ["id"] } };

interface Stage {
  readonly clock: ManualClock;
  readonly invocations: Invocations;
  readonly node: ConnectedNode;
  readonly sent: any[];
  full: boolean;
}

function stage(): Stage {
  const clock = new ManualClock();
  const sent: any[] = [];
  const self = { clock, invocations: new Invocations(clock, systemRandom), sent, full: false };
  const session = {
    connId: "c",
    deviceId: device.deviceId,
    role: "node" as const,
    scopes: [],
    remoteIp: undefined,
    connectedAtMs: 0,
    params: signedConnect(device),
  };
  const peer: Peer = {
    session,
    sendEvent: (_event, payload) => !self.full && sent.push(payload) > 0,
    close: () => {},
  };
  const node = { nodeId: device.deviceId, session, peer, commands: ["system.run"] };
  return Object.assign(self, { node });
}

describe("Invocations", () => {
  test("gives the caller what the node answers, once", async () => {
    const { invocations, node, sent, clock } = stage();
    const outcome = invocations.call(node, call);
    const result = { id: sent[0].id, nodeId: node.nodeId, ok: true, payloadJSON: "{}" };
    expect(invocations.answer(node.nodeId, result)).toBe(true);
    expect(await outcome).toEqual({ kind: "answered", result });
    expect(invocations.answer(node.nodeId, result)).toBe(false);
    expect(clock.waiting).toBe(0);
  });

  test("sends null where there are no parameters, and no key for what is absent", async () => {
    const { invocations, node, sent } = stage();
    void invocations.call(node, { command: "system.which", params: undefined });
    expect(JSON.parse(JSON.stringify(sent[0]))).toEqual({
      id: expect.any(String),
      nodeId: node.nodeId,
      command: "system.which",
      paramsJSON: null,
    });
  });

  test("waits 30 s unless the caller says otherwise", async () => {
    const { invocations, node, clock } = stage();
    const short = invocations.call(node, { ...call, timeoutMs: 5 });
    const standard = invocations.call(node, call);
    clock.advance(5);
    expect(await short).toEqual({ kind: "timeout" });
    clock.advance(29_994);
    expect(clock.waiting).toBe(1);
    clock.advance(1);
    expect(await standard).toEqual({ kind: "timeout" });
  });

  test("a wait of weeks does not overflow into none", () => {
    const { invocations, node, clock } = stage();
    void invocations.call(node, { ...call, timeoutMs: Number.MAX_SAFE_INTEGER });
    clock.advance(2_147_483_646);
    expect(clock.waiting).toBe(1);
  });

  test("a late result is nobody's", async () => {
    const { invocations, node, sent, clock } = stage();
    const outcome = invocations.call(node, call);
    clock.advance(30_000);
    await outcome;
    expect(invocations.answer(node.nodeId, { id: sent[0].id, nodeId: node.nodeId, ok: true })).toBe(
      false,
    );
  });

  test("another node cannot answer", async () => {
    const { invocations, node, sent, clock } = stage();
    const outcome = invocations.call(node, call);
    expect(invocations.answer("other", { id: sent[0].id, nodeId: "other", ok: true })).toBe(false);
    clock.advance(30_000);
    expect(await outcome).toEqual({ kind: "timeout" });
  });

  test("the end of a line ends what was sent over it, and nothing else", async () => {
    const { invocations, node, clock } = stage();
    const newer = { ...node, peer: { ...node.peer } };
    const lost = invocations.call(node, call);
    const kept = invocations.call(newer, call);
    invocations.lost(node.peer);
    expect(await lost).toEqual({ kind: "disconnected" });
    expect(clock.waiting).toBe(1);
    invocations.lost(newer.peer);
    expect(await kept).toEqual({ kind: "disconnected" });
    expect(clock.waiting).toBe(0);
  });

  test("a node that takes nothing is told apart from one that does not answer", async () => {
    const self = stage();
    self.full = true;
    expect(await self.invocations.call(self.node, call)).toMatchObject({ kind: "not-sent" });
    expect(self.clock.waiting).toBe(0);
  });

  test("has a bound", async () => {
    const { invocations, node } = stage();
    for (let index = 0; index < 4096; index += 1) void invocations.call(node, call);
    expect(await invocations.call(node, call)).toEqual({
      kind: "not-sent",
      why: "too many invocations are in flight",
    });
  });
});
