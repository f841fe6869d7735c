import { createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { signaturePayload } from "../../src/protocol/device-signature.ts";
import { type Line, LineGateway, helloOk } from "../fakes/line-gateway.ts";
import { until } from "../fakes/processes.ts";
import { ObservedConnection, noCredentials } from "./observed-connection.ts";

const notPaired = (requestId: string) => ({
  code: "NOT_PAIRED",
  message: "pairing required",
  details: { requestId },
});
const unauthorized = {
  code: "INVALID_REQUEST",
  message: "unauthorized: gateway token mismatch (provide gateway auth token)",
};

/** Whether the request is signed by its device, as a gateway checks it. */
function signed({ params }: any, nonce: string | undefined): boolean {
  const { client, device, role, scopes, auth } = params;
  const key = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: device.publicKey },
    format: "jwk",
  });
  const payload = signaturePayload({
    deviceId: device.id,
    clientId: client.id,
    clientMode: client.mode,
    role,
    scopes,
    signedAtMs: device.signedAt,
    token: auth?.token ?? "",
    nonce,
  });
  const signature = Buffer.from(device.signature, "base64url");
  return verify(null, Buffer.from(payload), key, signature) && device.nonce === nonce;
}

describe("the handshake", () => {
  test("answers the challenge with a signed request and is let in", async () => {
    const connects: any[] = [];
    await using gateway = new LineGateway(async (line) => {
      line.challenge("nonce-1", 1_700_000_000_123);
      connects.push(await line.request("connect"));
      line.answer(connects[0], { ...helloOk, server: { version: "2026.1.24" } });
    });
    await using node = ObservedConnection.started(gateway.url, {
      credentials: () => ({ ...noCredentials, sharedToken: "T", password: "P" }),
    });
    const { hello } = await node.next("connected");
    expect(node.path).toBe("dialing challenge authenticating connected");
    expect(hello.server.version).toBe("2026.1.24");
    expect(signed(connects[0], "nonce-1")).toBe(true);
    expect(connects[0].params).toMatchObject({
      minProtocol: 3,
      maxProtocol: 4,
      auth: { token: "T", password: "P" },
      // The gateway's time, not ours: a wrong clock here does no harm.
      device: { id: node.device.deviceId, signedAt: 1_700_000_000_123 },
    });
    expect(JSON.stringify(node.log.lines)).not.toContain('"T"');
  });

  test("signs the older form when no challenge comes, and ignores a late one", async () => {
    await using gateway = new LineGateway(async (line) => {
      const connect = await line.request("connect");
      line.challenge("too-late");
      line.answer(connect, helloOk);
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("challenge");
    node.clock.advance(749);
    expect(node.connection.state.phase.name).toBe("challenge");
    node.clock.advance(1);
    await node.next("connected");
    const requests = gateway.lines[0]!.received;
    expect(requests).toHaveLength(1);
    expect(signed(requests[0], undefined)).toBe(true);
    expect(requests[0].params.device.signedAt).toBe(node.clock.now());
    expect(requests[0].params).not.toHaveProperty("auth");
  });

  test.each<[string, unknown]>([
    ["without a nonce", {}],
    ["with an empty nonce", { nonce: "", ts: 1 }],
    ["with a nonce that is a number", { nonce: 5, ts: 1 }],
    ["that is null", null],
    ["that is a list", ["nonce"]],
  ])("does not take a challenge %s for one", async (_what, payload) => {
    await using gateway = new LineGateway(async (line) => {
      line.event("connect.challenge", payload);
      line.event("connect.challenge", { nonce: "good" });
      line.answer(await line.request("connect"), helloOk);
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
    expect(gateway.lines[0]!.received[0].params.device.nonce).toBe("good");
  });

  test("takes the first of two challenges", async () => {
    await using gateway = new LineGateway(async (line) => {
      line.challenge("one");
      line.challenge("two");
      line.answer(await line.request("connect"), helloOk);
      line.challenge("three");
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
    expect(gateway.lines[0]!.received.map(({ params }) => params.device.nonce)).toEqual(["one"]);
  });
});

describe("a refused token", () => {
  const withTokens = { ...noCredentials, deviceToken: "stale", sharedToken: "shared" };
  const checks = (right: string) => async (line: Line) => {
    line.challenge();
    const connect = await line.request("connect");
    if (connect.params.auth.token === right) line.answer(connect, helloOk);
    else line.refuse(connect, unauthorized);
  };
  const tokensAt = ({ lines }: LineGateway): string[] =>
    lines.flatMap(({ received }) => received.map(({ params }) => params.auth.token));

  test("is followed by the other one once, at once, on a second socket", async () => {
    await using gateway = new LineGateway(checks("shared"));
    await using node = ObservedConnection.started(gateway.url, { credentials: () => withTokens });
    await node.next("connected");
    expect(tokensAt(gateway)).toEqual(["stale", "shared"]);
    expect(node.path).not.toContain("waiting");
    expect(gateway.mostAtOnce).toBe(1);
  });

  test("and a refused second one are waited out before both are tried again", async () => {
    await using gateway = new LineGateway(checks("neither"));
    await using node = ObservedConnection.started(gateway.url, { credentials: () => withTokens });
    for (let round = 0; round < 3; round += 1) {
      expect((await node.retry()).failure).toMatchObject({ kind: "auth" });
    }
    await until(() => tokensAt(gateway).length >= 6);
    expect(tokensAt(gateway).slice(0, 6)).toEqual([
      "stale",
      "shared",
      "stale",
      "shared",
      "stale",
      "shared",
    ]);
    expect(gateway.mostAtOnce).toBe(1);
  });

  test("alone is not sent twice at once", async () => {
    await using gateway = new LineGateway(checks("neither"));
    await using node = ObservedConnection.started(gateway.url, {
      credentials: () => ({ ...noCredentials, sharedToken: "wrong" }),
    });
    await node.next("waiting");
    expect(tokensAt(gateway)).toEqual(["wrong"]);
  });

  test("is read anew for every attempt, so that a rotated one needs no restart", async () => {
    await using gateway = new LineGateway(checks("new"));
    const tokens = ["old", "new"];
    await using node = ObservedConnection.started(gateway.url, {
      credentials: () => ({ ...noCredentials, sharedToken: tokens.shift() }),
    });
    await node.retry();
    await node.next("connected");
    expect(tokensAt(gateway)).toEqual(["old", "new"]);
  });
});

describe("a refused connection", () => {
  test("that waits for pairing goes on by itself, with the same device, once approved", async () => {
    await using gateway = new LineGateway(async (line, number) => {
      line.challenge();
      const connect = await line.request("connect");
      if (number < 4) line.refuse(connect, notPaired(`r-${number}`));
      else line.answer(connect, helloOk);
    });
    await using node = ObservedConnection.started(gateway.url);
    const seen = [await node.retry(), await node.retry(), await node.retry()];
    await node.next("connected");
    expect(seen.map(({ failure }) => [failure.kind, failure.requestId])).toEqual([
      ["pairing", "r-1"],
      ["pairing", "r-2"],
      ["pairing", "r-3"],
    ]);
    const ids = gateway.lines.map(({ received }) => received[0].params.device.id);
    expect(new Set(ids)).toEqual(new Set([node.device.deviceId]));
  });

  test.each<[string, object, number, object]>([
    [
      "another protocol",
      { code: "INVALID_REQUEST", message: "protocol mismatch", details: { expectedProtocol: 9 } },
      1002,
      { kind: "protocol", message: "protocol mismatch: the gateway speaks protocol 9" },
    ],
    [
      "an old signature",
      { code: "INVALID_REQUEST", message: "device signature expired" },
      1008,
      { kind: "clock" },
    ],
    [
      "a gateway that is starting",
      { code: "UNAVAILABLE", message: "gateway starting", retryAfterMs: 500 },
      1013,
      { kind: "restarting", retryAfterMs: 500 },
    ],
    [
      "anything else",
      { code: "INVALID_REQUEST", message: "invalid role" },
      1008,
      { kind: "rejected" },
    ],
    [
      "an error without sense",
      { code: "", message: "\u001b[2J" },
      1008,
      { kind: "rejected", message: "\\u{1b}[2J" },
    ],
  ])("because of %s says so, whatever the close says", async (_why, error, code, failure) => {
    await using gateway = new LineGateway(async (line) => {
      line.challenge();
      line.refuse(await line.request("connect"), error as any, code);
    });
    await using node = ObservedConnection.started(gateway.url);
    expect((await node.next("waiting")).failure).toMatchObject(failure);
    expect((await gateway.lines[0]!.ended.promise).code).toBeGreaterThanOrEqual(1000);
  });

  test("is closed by us when the gateway leaves it open", async () => {
    await using gateway = new LineGateway(async (line) => {
      line.challenge();
      const { id } = await line.request("connect");
      line.send({ type: "res", id, ok: false, error: unauthorized });
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("waiting");
    expect(await gateway.lines[0]!.ended.promise).toEqual({ code: 1000, reason: "" });
  });

  test("without any error says so too", async () => {
    await using gateway = new LineGateway(async (line) => {
      line.challenge();
      const { id } = await line.request("connect");
      line.send({ type: "res", id, ok: false });
    });
    await using node = ObservedConnection.started(gateway.url);
    expect((await node.next("waiting")).failure).toEqual({
      kind: "rejected",
      message: "connect refused",
    });
  });
});

describe("hello-ok", () => {
  const greeted = (payload: unknown) =>
    new LineGateway(async (line) => {
      line.challenge();
      line.answer(await line.request("connect"), payload);
    });

  test.each<[string, unknown]>([
    ["with the least that there can be", { type: "hello-ok", protocol: 3, server: {} }],
    ["of a protocol that we did not offer", { ...helloOk, protocol: -1 }],
    [
      "with limits beyond all sense",
      { ...helloOk, policy: { maxPayload: 1e300, tickIntervalMs: -1e300 } },
    ],
    [
      "with limits of zero",
      { ...helloOk, policy: { maxPayload: 0, maxBufferedBytes: 0, tickIntervalMs: 0 } },
    ],
    [
      "with keys that nobody knows",
      { ...helloOk, a: null, auth: { deviceToken: "d", b: [] }, later: [1] },
    ],
    ["of 5 MB", { ...helloOk, snapshot: { presence: "x".repeat(5_000_000) } }],
    ["with a version of 1 MB", { ...helloOk, server: { version: "9".repeat(1_000_000) } }],
  ])("%s is taken", async (_what, payload) => {
    await using gateway = greeted(payload);
    await using node = ObservedConnection.started(gateway.url);
    const { tickMs } = await node.next("connected");
    expect(tickMs >= 1000 && tickMs <= 600_000).toBe(true);
  });

  test.each<[string, unknown]>([
    ["that is missing", undefined],
    ["that is null", null],
    ["that is a text", "hello-ok"],
    ["that is a list", [helloOk]],
    ["of another type", { ...helloOk, type: "hello" }],
    ["without a protocol", { ...helloOk, protocol: undefined }],
    ["with a protocol that is a text", { ...helloOk, protocol: "3" }],
    ["without a server", { ...helloOk, server: undefined }],
    ["with a token that is a number", { ...helloOk, auth: { deviceToken: 5 } }],
    ["with a tick interval that is a text", { ...helloOk, policy: { tickIntervalMs: "1" } }],
  ])("%s is refused, and tried again", async (_what, payload) => {
    await using gateway = greeted(payload);
    await using node = ObservedConnection.started(gateway.url);
    expect((await node.retry()).failure).toMatchObject({ kind: "protocol" });
    await node.next("dialing");
  });

  test("with a tick interval beyond all numbers is refused", async () => {
    await using gateway = new LineGateway(async (line) => {
      line.challenge();
      const { id } = await line.request("connect");
      const payload = JSON.stringify(helloOk).replace("30000", "1e999");
      line.send(`{"type":"res","id":"${id}","ok":true,"payload":${payload}}`);
    });
    await using node = ObservedConnection.started(gateway.url);
    expect((await node.next("waiting")).failure.kind).toBe("protocol");
  });

  test("that answers no request of ours is nobody's", async () => {
    await using gateway = new LineGateway(async (line) => {
      line.answer({ id: "forged" }, helloOk);
      line.challenge();
      const connect = await line.request("connect");
      line.answer({ id: `${connect.id}x` }, helloOk);
      line.answer({ id: connect.id.toUpperCase() }, helloOk);
      line.answer(connect, { ...helloOk, server: { version: "right" } });
      // A second answer changes nothing any more.
      line.answer(connect, { ...helloOk, server: { version: "wrong" } });
      line.send({ type: "res", id: connect.id, ok: false, error: unauthorized });
      line.event("after");
    });
    await using node = ObservedConnection.started(gateway.url);
    const { hello } = await node.next("connected");
    expect(hello.server.version).toBe("right");
    await until(() => node.events.length > 0);
    expect(node.path).toBe("dialing challenge authenticating connected");
  });
});
