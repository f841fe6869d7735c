// What nobody should send: the process goes on, its memory stays bounded, others are served.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Socket, connect } from "node:net";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import { RawClient } from "./raw-client.ts";

const upgrade = [
  "GET / HTTP/1.1",
  "Host: gateway",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "\r\n",
].join("\r\n");

let gateway: EmbeddedGateway;
beforeEach(() => {
  gateway = new EmbeddedGateway();
});
afterEach(() => gateway[Symbol.asyncDispose]());

/** The gateway still serves: a new client gets in and gets an answer. */
async function serves(): Promise<void> {
  using operator = await RawClient.operator(gateway.url);
  expect(await operator.payload("health")).toMatchObject({ ok: true });
}

/** A plain TCP connection that has asked for a WebSocket. */
async function rawSocket(): Promise<Socket & { received: Buffer }> {
  const socket = Object.assign(connect(gateway.port, "127.0.0.1"), { received: Buffer.alloc(0) });
  socket.on("error", () => {});
  socket.on("data", (data: Buffer) => {
    socket.received = Buffer.concat([socket.received, data]);
  });
  socket.write(upgrade);
  await until(() => socket.received.includes("connect.challenge"));
  return socket;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it never came to ${String(condition)}`);
    await Bun.sleep(5);
  }
}

/** A masked client frame. */
function frame(opcode: number, payload: Buffer, declared = payload.length): Buffer {
  const head = Buffer.alloc(14);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(declared), 2);
  return Buffer.concat([head, payload]);
}

test("after the handshake text that is not JSON is ignored, and wrong frames are answered", async () => {
  using operator = await RawClient.operator(gateway.url);
  for (const text of ["", "hello", "{", "\u0000", "[".repeat(100_000)]) operator.send(text);
  operator.send(new Uint8Array([0xff, 0x00, 0xfe]));
  const wrong = [
    "null",
    "[]",
    "1",
    '{"type":"x"}',
    '{"type":"req","id":"7","method":""}',
    '{"type":"req","id":{},"method":"health"}',
    '{"type":"event","event":"tick"}',
    '{"type":"res","id":"8","ok":true}',
  ];
  for (const text of wrong) {
    operator.send(text);
    const answer = await operator.next(({ type }) => type === "res");
    expect(answer).toMatchObject({ ok: false, error: { code: "INVALID_REQUEST" } });
    expect(answer.error.message).toStartWith("invalid request frame");
    expect(["7", "8", "invalid"]).toContain(answer.id);
  }
  expect(await operator.payload("health")).toMatchObject({ ok: true });
});

test("parameters of every wrong kind are answered", async () => {
  using operator = await RawClient.operator(gateway.url);
  using node = await RawClient.node(gateway.url);
  const { methods } = await hello();
  const odd = [
    null,
    [],
    1,
    "x",
    true,
    { __proto__: { x: 1 } },
    { nodeId: {} },
    { requestId: [] },
    { nodeId: "\u0000" },
  ];
  for (const method of methods) {
    for (const params of odd) {
      expect(await operator.request(method, params)).toMatchObject({ type: "res" });
      expect(await node.request(method, params)).toMatchObject({ type: "res" });
    }
  }
  await serves();
});

async function hello(): Promise<{ methods: string[] }> {
  using client = new RawClient(gateway.url);
  return (await client.connect()).payload.features;
}

test("a deeply nested payload is carried or refused, and nothing breaks", async () => {
  using operator = await RawClient.operator(gateway.url);
  using node = await RawClient.node(gateway.url);
  const [{ nodeId }] = (await operator.payload("node.list")).nodes;
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const call = JSON.stringify({ nodeId, command: "system.run", idempotencyKey: "k", params: 0 });
  const params = call.replace('"params":0', `"params":${deep}`);
  const reply = operator.requestText(
    `{"type":"req","id":"deep","method":"node.invoke","params":${params}}`,
    "deep",
    "node.invoke",
  );
  const asked = node.event("node.invoke.request").catch(() => undefined);
  const first = await Promise.race([reply, asked]);
  if (first.event === "node.invoke.request") {
    node.post("node.invoke.result", { id: first.payload.id, nodeId, ok: true, payloadJSON: deep });
  }
  expect(await reply).toMatchObject({ type: "res", id: "deep" });
  await serves();
});

test("a frame of the largest size is taken, one byte more ends the line with 1009", async () => {
  using operator = await RawClient.operator(gateway.url);
  const request = (length: number): string => {
    const envelope = JSON.stringify({
      type: "req",
      id: "big",
      method: "health",
      params: { x: "" },
    });
    return envelope.replace('"x":""', `"x":"${"x".repeat(length - envelope.length)}"`);
  };
  expect(request(524_288)).toHaveLength(524_288);
  const answer = await operator.requestText(request(524_288), "big", "health");
  expect(answer.ok).toBe(true);
  operator.send(request(524_289));
  expect((await operator.closed).code).toBe(1009);
  await serves();
});

test("a header that promises a huge frame ends the line", async () => {
  const socket = await rawSocket();
  socket.write(frame(1, Buffer.alloc(10), 2 ** 40));
  await until(() => socket.closed || socket.destroyed);
  await serves();
});

const brokenFrames: [string, () => Buffer][] = [
  ["an unknown opcode", () => frame(7, Buffer.from("x"))],
  ["a continuation of nothing", () => frame(0, Buffer.from("x"))],
  ["text that is not UTF-8", () => frame(1, Buffer.from([0xff, 0xfe]))],
  ["plain HTTP in the middle", () => Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  [
    "random bytes",
    () => Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 89) & 0xff)),
  ],
];
test.each(brokenFrames)("%s harms nobody", async (_name, bytes) => {
  const socket = await rawSocket();
  socket.write(bytes());
  await Bun.sleep(50);
  socket.destroy();
  await serves();
});

test("half a frame and a vanished client harm nobody", async () => {
  for (let count = 0; count < 20; count += 1) {
    const socket = await rawSocket();
    socket.write(frame(1, Buffer.alloc(1000), 100_000));
    socket.resetAndDestroy();
  }
  await serves();
});

test("more than 64 strangers push the oldest out, and a friend still gets in", async () => {
  const strangers = Array.from({ length: 65 }, () => new RawClient(gateway.url));
  await Promise.all(
    strangers.map((stranger) => stranger.event("connect.challenge").catch(() => {})),
  );
  const ends = strangers.map(({ closed }) => closed);
  expect(await Promise.race(ends)).toEqual({ code: 1013, reason: "too many connections" });
  await serves();
  for (const stranger of strangers) stranger.terminate();
});

test("who does not read is dropped, and what waits for it with it", async () => {
  await using ticking = new EmbeddedGateway({ tickIntervalMs: 500 });
  using node = await RawClient.node(ticking.url);
  using operator = await RawClient.operator(ticking.url);
  const [{ nodeId }] = (await operator.payload("node.list")).nodes;
  const slow = await stalledOperator(ticking);
  const big = JSON.stringify("x".repeat(450_000));
  for (let count = 0; count < 16; count += 1) {
    slow.ask("node.invoke", { nodeId, command: "system.run", idempotencyKey: `${count}` });
    const { payload } = await node.event("node.invoke.request");
    await node.payload("node.invoke.result", {
      id: payload.id,
      nodeId,
      ok: true,
      payloadJSON: big,
    });
  }
  await until(() =>
    ticking.log.lines.some(({ message }) => message === "dropped a client that does not read"),
  );
  expect(await operator.payload("health")).toMatchObject({ ok: true });
  slow.socket.destroy();
});

/** An operator that completes the handshake and never reads again. */
async function stalledOperator(of: EmbeddedGateway) {
  const { newDevice, operatorProfile, signedConnect } = await import("./device.ts");
  const socket = connect(of.port, "127.0.0.1");
  let received = "";
  socket.on("error", () => {});
  socket.on("data", (data: Buffer) => {
    received += data.toString("latin1");
  });
  socket.write(upgrade);
  await until(() => received.includes("connect.challenge"));
  const nonce = /"nonce":"([^"]+)"/.exec(received)![1]!;
  const ask = (method: string, params: unknown): void => {
    const text = JSON.stringify({ type: "req", id: crypto.randomUUID(), method, params });
    socket.write(frame(1, Buffer.from(text)));
  };
  ask("connect", signedConnect(newDevice(), { profile: operatorProfile, nonce }));
  await until(() => received.includes("hello-ok"));
  socket.pause();
  return { socket, ask };
}

test("a flood of requests is answered, request by request", async () => {
  using operator = await RawClient.operator(gateway.url);
  const answers = Array.from({ length: 5000 }, () => operator.payload("health"));
  expect(await Promise.all(answers)).toHaveLength(5000);
});

test("a flood of connections leaves nothing behind", async () => {
  for (let round = 0; round < 5; round += 1) {
    const clients = await Promise.all(
      Array.from({ length: 60 }, () => RawClient.operator(gateway.url)),
    );
    for (const client of clients) client.terminate();
    await Promise.all(clients.map(({ closed }) => closed));
  }
  await serves();
});
