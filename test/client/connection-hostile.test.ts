// What answers in a gateway's place, and what a broken gateway may say: the connection goes on or
// is made again, and says what was wrong.
import { describe, expect, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { FailureKind } from "../../src/client/failure.ts";
import { LineGateway } from "../fakes/line-gateway.ts";
import { until } from "../fakes/processes.ts";
import { RawServer, frame, head, shortFrame, text, upgrade } from "../fakes/raw-server.ts";
import { ObservedConnection } from "./observed-connection.ts";

const corpus = join(import.meta.dir, "../fixtures/fuzz-frames");
const garbage = readdirSync(corpus).map((file) => readFileSync(join(corpus, file)));

describe("what is no WebSocket server", () => {
  const http = (status: string) => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`;

  test.each<[string, string | Uint8Array, FailureKind]>([
    ["a proxy without its gateway", http("502 Bad Gateway"), "not-a-gateway"],
    ["a web server", `${http("200 OK")}<html>`, "not-a-gateway"],
    ["a redirect", `HTTP/1.1 301 Moved\r\nLocation: ws://127.0.0.1:1/\r\n\r\n`, "not-a-gateway"],
    ["a web server that wants a login", http("401 Unauthorized"), "not-a-gateway"],
    ["an upgrade to nothing", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "not-a-gateway"],
    [
      "an upgrade with a wrong key",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
      "not-a-gateway",
    ],
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "not-a-gateway"],
    ["random bytes", new Uint8Array([0, 255, 13, 10, 13, 10, 7]), "not-a-gateway"],
    ["half an answer", "HTTP/1.1 101 Swi", "closed"],
    ["nothing at all", "", "closed"],
  ])("%s", async (_what, answer, kind) => {
    await using server = await RawServer.start(async (socket) => {
      await head(socket);
      socket.end(answer);
    });
    await using node = ObservedConnection.started(`ws://127.0.0.1:${server.port}/`);
    expect((await node.retry()).failure.kind).toBe(kind);
    await node.next("waiting");
    expect(server.sockets).toHaveLength(2);
  });

  test("a server that closes before anything is said", async () => {
    await using server = await RawServer.start((socket) => void socket.destroy());
    await using node = ObservedConnection.started(`ws://127.0.0.1:${server.port}/`);
    expect((await node.next("waiting")).failure.kind).toBe("closed");
  });

  test("nobody at all", async () => {
    const server = await RawServer.start(() => {});
    const { port } = server;
    await server[Symbol.asyncDispose]();
    await using node = ObservedConnection.started(`ws://127.0.0.1:${port}/`);
    expect((await node.next("waiting")).failure.kind).toBe("refused");
  });

  test("a proxy that nobody runs", async () => {
    const server = await RawServer.start(() => {});
    const proxy = `http://127.0.0.1:${server.port}`;
    await server[Symbol.asyncDispose]();
    await using node = ObservedConnection.started(() => ({ url: "ws://192.0.2.1:1/", proxy }));
    expect((await node.next("waiting")).failure.kind).toBe("proxy");
  });

  test("a server that takes the connection and never speaks", async () => {
    await using server = await RawServer.start(() => {});
    await using node = ObservedConnection.started(`ws://127.0.0.1:${server.port}/`);
    await until(() => server.received > 0);
    node.clock.advance(15_000);
    expect((await node.next("waiting")).failure).toEqual({
      kind: "timeout",
      message: "no answer to the connection request within 15 s",
    });
    await until(() => server.sockets[0]!.readableEnded || server.sockets[0]!.destroyed);
  });

  test("a server that opens and never answers the connect request", async () => {
    await using gateway = new LineGateway((line) => line.challenge());
    await using node = ObservedConnection.started(gateway.url);
    await node.next("authenticating");
    node.clock.advance(10_000);
    expect((await node.retry()).failure.kind).toBe("timeout");
    await node.next("authenticating");
    expect(gateway.mostAtOnce).toBe(1);
  });
});

describe("what a broken gateway says", () => {
  test("before and after hello-ok is ignored as long as it is text", async () => {
    await using gateway = new LineGateway(async (line) => {
      for (const bytes of garbage) line.send(bytes.toString("utf8"));
      await line.welcome();
      for (const bytes of garbage) line.send(bytes.toString("utf8"));
      for (const bytes of garbage) line.sendBytes(bytes);
      line.send("[".repeat(1_000_000));
      line.send({ type: "req", id: "7", method: "connect", params: {} });
      line.event("end");
    });
    await using node = ObservedConnection.started(gateway.url);
    await until(() => node.events.at(-1)?.[0] === "end");
    expect(gateway.lines).toHaveLength(1);
    expect(gateway.lines[0]!.received).toHaveLength(1);
    // The log tells that something came, not what: it may be anything.
    const told = JSON.stringify(node.log.lines);
    expect(told).toContain("ignored a text that is no frame");
    expect(told).not.toContain("evil");
  });

  test("may come in binary frames, as the reference's own gateway takes them", async () => {
    const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    await using gateway = new LineGateway(async (line) => {
      line.sendBytes(
        encode({ type: "event", event: "connect.challenge", payload: { nonce: "n" } }),
      );
      const { id } = await line.request("connect");
      const payload = { type: "hello-ok", protocol: 3, server: {} };
      line.sendBytes(encode({ type: "res", id, ok: true, payload }));
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
  });

  test.each<[string, (bytes: number) => string | Uint8Array]>([
    ["text", (bytes) => "x".repeat(bytes)],
    ["bytes", (bytes) => new Uint8Array(bytes)],
  ])("in a frame of 30 MiB of %s closes the line, which is made again", async (_what, make) => {
    await using gateway = new LineGateway(async (line, number) => {
      await line.welcome();
      if (number > 1) return;
      const huge = make(30 * 1024 * 1024);
      if (typeof huge === "string") line.send(huge);
      else line.sendBytes(huge);
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.retry();
    await node.next("connected");
    expect((await gateway.lines[0]!.ended.promise).code).toBe(1009);
    expect(node.events).toEqual([]);
    expect(gateway.mostAtOnce).toBe(1);
  });

  test("in a frame of 25 MiB is still heard", async () => {
    await using gateway = new LineGateway(async (line) => {
      await line.welcome();
      const around = '{"type":"event","event":"large","payload":""}'.length;
      line.event("large", "x".repeat(25 * 1024 * 1024 - around));
      line.event("larger", "x".repeat(25 * 1024 * 1024));
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("waiting");
    expect(node.events.map(([name]) => name)).toEqual(["large"]);
  });

  const opened = (...parts: (string | Uint8Array)[]) =>
    RawServer.start(async (socket) => {
      await upgrade(socket);
      for (const part of parts) socket.write(part);
      socket.end();
    });
  test.each<[string, (string | Uint8Array)[]]>([
    ["half a frame", [frame(text, '{"type":"eve', 1000)]],
    ["half a header", [Uint8Array.of(text, 127, 0, 0)]],
    ["a frame that says it is endless", [frame(text, "", 2 ** 60)]],
    ["a frame beyond what can be held", [frame(text, "x", 2 ** 31)]],
    ["wrong UTF-8", [shortFrame(text, Uint8Array.of(0xff, 0xfe))]],
    ["an unknown opcode", [shortFrame(0x83, "x")]],
    ["reserved bits", [shortFrame(0xf1, "x")]],
    ["compression that nobody agreed on", [shortFrame(0xc1, "x")]],
    ["a masked frame", [Uint8Array.of(text, 0x81, 1, 2, 3, 4, 5)]],
    ["a continuation of nothing", [shortFrame(0x80, "x")]],
    ["a ping of 256 bytes", [frame(0x89, new Uint8Array(256))]],
    ["a close of one byte", [shortFrame(0x88, Uint8Array.of(3))]],
    ["a close with a forbidden code", [shortFrame(0x88, Uint8Array.of(3, 231))]],
    ["a close with a broken reason", [shortFrame(0x88, Uint8Array.of(3, 232, 0xff))]],
    ["HTTP in the middle", ["HTTP/1.1 500 x\r\n\r\n"]],
  ])("below the level of text, %s, ends the line and no more", async (_what, parts) => {
    await using server = await opened(...parts);
    await using node = ObservedConnection.started(`ws://127.0.0.1:${server.port}/`);
    expect((await node.retry()).failure.kind).toBe("closed");
    await node.next("waiting");
    expect(server.sockets).toHaveLength(2);
  });

  test("in many fragments is put together", async () => {
    await using server = await RawServer.start(async (socket) => {
      await upgrade(socket);
      const challenge = '{"type":"event","event":"connect.challenge","payload":{"nonce":"ü"}}';
      const bytes = [...Buffer.from(challenge)];
      for (const [index, byte] of bytes.entries()) {
        const last = index === bytes.length - 1;
        socket.write(shortFrame((last ? 0x80 : 0) | (index === 0 ? 1 : 0), Uint8Array.of(byte)));
        if (index === 20) socket.write(shortFrame(0x89, "in between"));
      }
    });
    await using node = ObservedConnection.started(`ws://127.0.0.1:${server.port}/`);
    await node.next("authenticating");
  });
});
