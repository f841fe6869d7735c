import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import { newDevice, signedConnect } from "./device.ts";
import { RawClient } from "./raw-client.ts";

let gateway: EmbeddedGateway;
beforeAll(() => {
  gateway = new EmbeddedGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const request = (method: string, params?: unknown): string =>
  JSON.stringify({ type: "req", id: "1", method, params });

describe("before the handshake", () => {
  const cases: [string, string | Uint8Array<ArrayBuffer>, number, string][] = [
    ["text that is not JSON", "hello", 1000, ""],
    ["an empty text", "", 1000, ""],
    ["half a frame", '{"type":"req","id":"1","met', 1000, ""],
    ["bytes that are no text", new Uint8Array([0xff, 0xfe, 0x00]), 1000, ""],
    ["JSON that is no frame", "{}", 1008, "invalid request frame"],
    ["null", "null", 1008, "invalid request frame"],
    ["a list of frames", `[${request("connect")}]`, 1008, "invalid request frame"],
    ["an event", '{"type":"event","event":"tick"}', 1008, "invalid request frame"],
    ["a response", '{"type":"res","id":"1","ok":true}', 1008, "invalid request frame"],
    ["a request without an id", '{"type":"req","method":"connect"}', 1008, "invalid request frame"],
    [
      "a request with an empty id",
      '{"type":"req","id":"","method":"connect"}',
      1008,
      "invalid request frame",
    ],
    [
      "another request",
      request("node.list"),
      1008,
      "invalid handshake: first request must be connect",
    ],
    [
      "a connect request without parameters",
      request("connect"),
      1008,
      "invalid connect params: at root: must be object",
    ],
    ["more than a handshake needs", request("connect", "x".repeat(65_536)), 1009, ""],
    ["a frame over the limit", "x".repeat(524_289), 1009, "Received too big message"],
    ["brackets without end", "[".repeat(60_000), 1000, ""],
    [
      "brackets to the very limit",
      `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
      1008,
      "invalid request frame",
    ],
  ];
  test.each(cases)("%s ends the connection", async (_name, data, code, reason) => {
    using client = new RawClient(gateway.url);
    await client.event("connect.challenge");
    client.send(data);
    expect(await client.closed).toEqual({ code, reason });
  });

  test("a refused request is answered first", async () => {
    using client = new RawClient(gateway.url);
    const answer = await client.request("node.list");
    expect(answer).toMatchObject({
      ok: false,
      error: {
        code: "INVALID_REQUEST",
        message: "invalid handshake: first request must be connect",
      },
    });
    expect((await client.closed).code).toBe(1008);
  });

  test("silence ends the connection", async () => {
    await using impatient = new EmbeddedGateway({ handshakeMs: 50 });
    using client = new RawClient(impatient.url);
    expect(await client.closed).toEqual({ code: 1000, reason: "" });
  });

  test("but not after it has been completed", async () => {
    await using impatient = new EmbeddedGateway({ handshakeMs: 50 });
    using client = await RawClient.node(impatient.url);
    await Bun.sleep(120);
    expect(await client.payload("skills.bins")).toEqual({ bins: [] });
  });
});

describe("connect", () => {
  test("is welcomed with what clients need", async () => {
    using client = new RawClient(gateway.url);
    const { ok, payload } = await client.connect();
    expect(ok).toBe(true);
    expect(payload).toMatchObject({
      type: "hello-ok",
      protocol: 3,
      server: { version: "1.2.3", host: "test-host" },
      auth: { role: "node", scopes: [] },
      policy: { tickIntervalMs: 30_000 },
    });
  });

  test("signed with another connection's nonce is refused", async () => {
    using first = new RawClient(gateway.url);
    using second = new RawClient(gateway.url);
    const { payload } = await first.event("connect.challenge");
    const answer = await second.request(
      "connect",
      signedConnect(newDevice(), { nonce: payload.nonce }),
    );
    expect(answer.error.message).toBe("device nonce mismatch");
    expect(await second.closed).toEqual({ code: 1008, reason: "device nonce mismatch" });
  });

  test("without a nonce is accepted from this machine, and refused through a proxy", async () => {
    using near = new RawClient(gateway.url);
    expect((await near.request("connect", signedConnect(newDevice()))).ok).toBe(true);
    using far = new RawClient(gateway.url, { headers: { "X-Forwarded-For": "127.0.0.1" } });
    const answer = await far.request("connect", signedConnect(newDevice()));
    expect(answer.error.message).toBe("device nonce required");
  });

  test("without a device is a matter of pairing, token or not", async () => {
    using client = new RawClient(gateway.url);
    const { device: _device, ...params } = signedConnect(newDevice());
    const { error } = await client.request("connect", params);
    expect(error).toEqual({ code: "NOT_PAIRED", message: "device identity required" });
    expect(await client.closed).toEqual({ code: 1008, reason: "device identity required" });
  });

  test("with another protocol is told which one is spoken", async () => {
    using client = new RawClient(gateway.url);
    const params = { ...signedConnect(newDevice()), minProtocol: 4, maxProtocol: 5 };
    const { error } = await client.request("connect", params);
    expect(error).toMatchObject({ message: "protocol mismatch", details: { expectedProtocol: 3 } });
    expect((await client.closed).code).toBe(1002);
  });

  const unauthorized: [string, string | undefined, string][] = [
    [
      "without a token",
      undefined,
      "unauthorized: gateway token missing (provide gateway auth token)",
    ],
    ["with an empty token", "", "unauthorized: gateway token missing (provide gateway auth token)"],
    [
      "with a wrong token",
      "wrong",
      "unauthorized: gateway token mismatch (provide gateway auth token)",
    ],
  ];
  test.each(unauthorized)(
    "%s is unauthorized and leaves no trace",
    async (_name, token, message) => {
      using client = new RawClient(gateway.url);
      const device = newDevice();
      const { error } = await client.connect({ device, token });
      expect(error).toEqual({ code: "INVALID_REQUEST", message });
      expect(await client.closed).toEqual({ code: 1008, reason: message });
      using operator = await RawClient.operator(gateway.url);
      const { pending, paired } = await operator.payload("device.pair.list");
      const ids = [...pending, ...paired].map(({ deviceId }: { deviceId: string }) => deviceId);
      expect(ids).not.toContain(device.deviceId);
    },
  );

  test("that is refused is told to who runs the gateway, once a minute", async () => {
    await using fresh = new EmbeddedGateway();
    for (let count = 0; count < 3; count += 1) {
      using client = new RawClient(fresh.url);
      await client.connect({ token: "wrong" });
    }
    const told = fresh.log.lines.filter(({ message }) => message === "connection refused");
    expect(told.map(({ level }) => level)).toEqual(["warn", "debug", "debug"]);
    expect(told[0]?.fields).toEqual({
      from: "127.0.0.1",
      reason: "unauthorized: gateway token mismatch (provide gateway auth token)",
    });
  });

  test("a second time is an unknown method", async () => {
    using operator = await RawClient.operator(gateway.url);
    expect(await operator.error("connect")).toMatchObject({ message: "unknown method: connect" });
  });

  test("over plain HTTP is told what this is", async () => {
    const response = await fetch(gateway.url.replace("ws:", "http:"), {
      method: "POST",
      body: "x",
    });
    expect(response.status).toBe(426);
  });
});

test("a full disk refuses the device and is told to who runs the gateway", async () => {
  const { systemFiles } = await import("../../src/platform/files.ts");
  const files = {
    ...systemFiles,
    writeAtomic() {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    },
  };
  await using full = new EmbeddedGateway({}, { files });
  using client = new RawClient(full.url);
  const { error } = await client.connect();
  expect(error).toEqual({ code: "UNAVAILABLE", message: "the gateway cannot save its state" });
  expect(full.log.lines.map(({ level }) => level)).toContain("error");
});
