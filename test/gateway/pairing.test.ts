import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import { newDevice, nodeProfile, operatorProfile } from "./device.ts";
import { RawClient } from "./raw-client.ts";

/** Through a proxy every client is a remote one. */
const headers = { "X-Forwarded-For": "203.0.113.7" };

let gateway: EmbeddedGateway;
let operator: RawClient;

beforeEach(async () => {
  gateway = new EmbeddedGateway();
  operator = await RawClient.operator(gateway.url);
});
afterEach(async () => {
  operator[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const withScopes = (...scopes: string[]) => ({ ...operatorProfile, scopes });

/** One attempt of a remote device; gives the response to its connect request. */
async function attempt(options: Parameters<RawClient["connect"]>[0]): Promise<any> {
  using client = new RawClient(gateway.url, { headers });
  const answer = await client.connect(options);
  if (answer.ok === false) await client.closed;
  return answer;
}

describe("a device from elsewhere", () => {
  test("waits for an operator, under one request, and then comes in", async () => {
    const device = newDevice();
    using client = new RawClient(gateway.url, { headers });
    const { error } = await client.connect({ device });
    expect(error).toMatchObject({ code: "NOT_PAIRED", message: "pairing required" });
    expect(await client.closed).toEqual({ code: 1008, reason: "pairing required" });
    const { requestId } = error.details;

    const asked = await operator.event("device.pair.requested");
    expect(asked.payload).toMatchObject({
      requestId,
      deviceId: device.deviceId,
      displayName: "box",
    });
    expect(asked.payload.remoteIp).toBeUndefined();
    expect((await attempt({ device })).error.details).toEqual({ requestId });

    const approved = await operator.payload("device.pair.approve", { requestId });
    expect(approved).toMatchObject({
      requestId,
      device: { deviceId: device.deviceId, roles: ["node"] },
    });
    const resolved = await operator.event("device.pair.resolved");
    expect(resolved.payload).toMatchObject({ requestId, decision: "approved" });
    expect(operator.frames.filter(({ event }) => event === "device.pair.requested")).toEqual([]);

    const { payload } = await attempt({ device });
    expect((await attempt({ device, token: payload.auth.deviceToken })).ok).toBe(true);
    expect(await operator.error("device.pair.approve", { requestId })).toMatchObject({
      code: "INVALID_REQUEST",
      message: "unknown requestId",
    });
  });

  test("that is rejected asks anew", async () => {
    const device = newDevice();
    const { requestId } = (await attempt({ device })).error.details;
    expect(await operator.payload("device.pair.reject", { requestId })).toEqual({
      requestId,
      deviceId: device.deviceId,
    });
    const resolved = await operator.event("device.pair.resolved");
    expect(resolved.payload).toMatchObject({ requestId, decision: "rejected" });
    const again = (await attempt({ device })).error.details.requestId;
    expect(again).not.toBe(requestId);
    expect(await operator.error("device.pair.approve", { requestId })).toMatchObject({
      message: "unknown requestId",
    });
  });

  test("that waits is let in when it connects from this machine", async () => {
    const device = newDevice();
    await attempt({ device });
    using near = await RawClient.node(gateway.url, { device });
    expect((await operator.payload("device.pair.list")).pending).toEqual([]);
    expect(await near.payload("skills.bins")).toEqual({ bins: [] });
  });

  test("gets a clear text when too many wait", async () => {
    for (let index = 0; index < 64; index += 1) await attempt({});
    const { error } = await attempt({});
    expect(error).toEqual({
      code: "NOT_PAIRED",
      message: "pairing required: 64 devices wait already, approve or reject some",
    });
  });

  test("that is a node may not become an operator by itself", async () => {
    const device = newDevice();
    const first = (await attempt({ device })).error.details.requestId;
    await operator.payload("device.pair.approve", { requestId: first });
    const { payload } = await attempt({ device });
    const withNodesToken = await attempt({
      device,
      profile: operatorProfile,
      token: payload.auth.deviceToken,
    });
    expect(withNodesToken.error.message).toStartWith("unauthorized: gateway token mismatch");
    const withShared = await attempt({ device, profile: operatorProfile });
    expect(withShared.error).toMatchObject({ code: "NOT_PAIRED", message: "pairing required" });
    const { pending } = await operator.payload("device.pair.list");
    expect(pending).toMatchObject([
      { role: "operator", scopes: ["operator.admin"], isRepair: true },
    ]);
  });

  test("that is an operator's may not become a node by itself", async () => {
    const device = newDevice();
    const profile = withScopes("operator.read");
    const first = (await attempt({ device, profile })).error.details.requestId;
    await operator.payload("device.pair.approve", { requestId: first });
    expect((await attempt({ device, profile })).ok).toBe(true);
    expect((await attempt({ device })).error).toMatchObject({ message: "pairing required" });
    const { pending } = await operator.payload("device.pair.list");
    expect(pending).toMatchObject([{ role: "node", isRepair: true }]);
  });

  test("that asks for more scopes has to be approved again", async () => {
    const device = newDevice();
    const profile = withScopes("operator.read");
    const first = (await attempt({ device, profile })).error.details.requestId;
    await operator.payload("device.pair.approve", { requestId: first });
    expect((await attempt({ device, profile })).ok).toBe(true);
    const more = await attempt({ device, profile: withScopes("operator.read", "operator.write") });
    expect(more.error.message).toBe("pairing required");
    expect((await attempt({ device, profile })).ok).toBe(true);
  });
});

describe("a device on this machine", () => {
  test("is paired by itself, and the operators are told", async () => {
    const device = newDevice();
    using node = await RawClient.node(gateway.url, { device });
    const { payload } = await operator.event("device.pair.resolved");
    expect(payload).toMatchObject({ deviceId: device.deviceId, decision: "approved" });
    expect(node.frames).toEqual([]);
    const { paired } = await operator.payload("device.pair.list");
    expect(paired.map(({ role }: { role: string }) => role).toSorted()).toEqual([
      "node",
      "operator",
    ]);
  });

  test("waits as well when pairing is required, unless it is an operator's", async () => {
    await using strict = new EmbeddedGateway({ requirePairing: true });
    using boss = await RawClient.operator(strict.url);
    const device = newDevice();
    using refused = new RawClient(strict.url);
    const { error } = await refused.connect({ device });
    expect(error.message).toBe("pairing required");
    await boss.payload("device.pair.approve", { requestId: error.details.requestId });
    using node = await RawClient.node(strict.url, { device });
    expect(await node.payload("skills.bins")).toEqual({ bins: [] });
  });

  test("may have both roles", async () => {
    const device = newDevice();
    using node = await RawClient.node(gateway.url, { device });
    using both = await RawClient.operator(gateway.url, { device });
    const { nodes } = await both.payload("node.list");
    expect(nodes).toMatchObject([{ nodeId: device.deviceId, connected: true, displayName: "box" }]);
    expect(await node.error("node.list")).toMatchObject({ message: "unauthorized role: node" });
  });
});

describe("device tokens", () => {
  const admitted = async (
    device = newDevice(),
  ): Promise<{ device: typeof device; token: string }> => {
    const { error } = await attempt({ device });
    await operator.payload("device.pair.approve", { requestId: error.details.requestId });
    const { payload } = await attempt({ device });
    return { device, token: payload.auth.deviceToken };
  };

  test("survive a restart of the gateway, and so does everything else", async () => {
    const { device, token } = await admitted();
    await gateway.stop();
    await using next = new EmbeddedGateway({ directory: gateway.directory });
    using node = await RawClient.node(next.url, { headers, device, token });
    expect(await node.payload("skills.bins")).toEqual({ bins: [] });
  });

  test("of one device open nothing for another", async () => {
    const { token } = await admitted();
    expect((await attempt({ token })).error.message).toStartWith("unauthorized");
  });

  test("are replaced by rotation", async () => {
    const { device, token } = await admitted();
    const rotated = await operator.payload("device.token.rotate", {
      deviceId: device.deviceId,
      role: "node",
    });
    expect(rotated).toMatchObject({ deviceId: device.deviceId, role: "node", scopes: [] });
    expect((await attempt({ device, token })).error.message).toStartWith(
      "unauthorized: gateway token mismatch",
    );
    expect((await attempt({ device, token: rotated.token })).ok).toBe(true);
  });

  test("are ended by revocation, with the connections that use them", async () => {
    const { device, token } = await admitted();
    using node = await RawClient.node(gateway.url, { headers, device, token });
    const revoked = await operator.payload("device.token.revoke", {
      deviceId: device.deviceId,
      role: "node",
    });
    expect(revoked).toMatchObject({ deviceId: device.deviceId, role: "node" });
    expect(await node.closed).toEqual({ code: 1008, reason: "device token revoked" });
    expect((await attempt({ device, token })).error.message).toStartWith("unauthorized");
    const { paired } = await operator.payload("device.pair.list");
    const record = paired.find(
      ({ deviceId }: { deviceId: string }) => deviceId === device.deviceId,
    );
    expect(record.tokens).toMatchObject([{ role: "node", revokedAtMs: revoked.revokedAtMs }]);
  });

  test("end with the device, and with all its connections", async () => {
    const { device, token } = await admitted();
    using node = await RawClient.node(gateway.url, { headers, device, token });
    const { deviceId } = device;
    expect(await operator.payload("device.pair.remove", { deviceId })).toEqual({ deviceId });
    expect(await node.closed).toEqual({ code: 4001, reason: "device removed" });
    expect((await attempt({ device, token })).error.message).toStartWith("unauthorized");
    const { paired } = await operator.payload("device.pair.list");
    expect(paired.map((one: any) => one.deviceId)).not.toContain(deviceId);
    expect(await operator.error("device.pair.remove", { deviceId })).toMatchObject({
      message: "unknown deviceId",
    });
  });

  test("of an operator with more power are out of reach", async () => {
    const device = newDevice();
    using clerk = await RawClient.operator(gateway.url, {
      device,
      profile: withScopes("operator.pairing"),
    });
    const { paired } = await operator.payload("device.pair.list");
    const boss = paired.find((one: any) => one.scopes?.includes("operator.admin"));
    expect(await clerk.error("device.pair.remove", { deviceId: boss.deviceId })).toMatchObject({
      message: "missing scope: operator.admin",
    });
  });

  const unknown: [string, string, (deviceId: string) => unknown][] = [
    ["an unknown device", "device.token.rotate", () => ({ deviceId: "x", role: "node" })],
    [
      "a role that it has not",
      "device.token.rotate",
      (deviceId) => ({ deviceId, role: "operator" }),
    ],
    [
      "a role that nobody has",
      "device.token.rotate",
      (deviceId) => ({ deviceId, role: "toString" }),
    ],
    ["an unknown device to revoke", "device.token.revoke", () => ({ deviceId: "x", role: "node" })],
    [
      "a role to revoke that it has not",
      "device.token.revoke",
      (deviceId) => ({ deviceId, role: "operator" }),
    ],
  ];
  test.each(unknown)("of %s are unknown", async (_name, method, params) => {
    const { device } = await admitted();
    expect(await operator.error(method, params(device.deviceId))).toMatchObject({
      message: "unknown deviceId/role",
    });
  });

  test("are never shown", async () => {
    const { token } = await admitted();
    const shown = JSON.stringify([await operator.payload("device.pair.list"), gateway.log.lines]);
    expect(shown).not.toContain(token);
  });
});

describe("who may pair", () => {
  test("cannot hand out scopes that it has not itself", async () => {
    const device = newDevice();
    using clerk = await RawClient.operator(gateway.url, {
      device,
      profile: withScopes("operator.pairing"),
    });
    const bold = (await attempt({ profile: operatorProfile })).error.details.requestId;
    expect(await clerk.error("device.pair.approve", { requestId: bold })).toMatchObject({
      message: "missing scope: operator.admin",
    });
    const grab = { deviceId: device.deviceId, role: "operator", scopes: ["operator.admin"] };
    expect(await clerk.error("device.token.rotate", grab)).toMatchObject({
      message: "missing scope: operator.admin",
    });
    const modest = (await attempt({ profile: nodeProfile })).error.details.requestId;
    expect(await clerk.payload("device.pair.approve", { requestId: modest })).toMatchObject({
      requestId: modest,
    });
  });

  test("is told of requests, and nobody else is", async () => {
    using reader = await RawClient.operator(gateway.url, { profile: withScopes("operator.read") });
    using clerk = await RawClient.operator(gateway.url, {
      profile: withScopes("operator.pairing"),
    });
    using node = await RawClient.node(gateway.url);
    await attempt({});
    await clerk.event("device.pair.requested");
    await reader.payload("node.list");
    await node.payload("skills.bins");
    expect([...reader.frames, ...node.frames]).toEqual([]);
  });
});
