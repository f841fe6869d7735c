import { networkInterfaces } from "node:os";
import { describe, expect, test } from "bun:test";
import { LineGateway } from "../fakes/line-gateway.ts";
import { until } from "../fakes/processes.ts";
import { RawServer, head } from "../fakes/raw-server.ts";
import { certificate, fingerprintOf } from "../fakes/tls-server.ts";
import { Dialled } from "./dialled.ts";

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");

describe("a client socket", () => {
  test("reports open, texts and close, in this order", async () => {
    await using gateway = new LineGateway((line) => {
      line.event("a");
      line.event("b");
      line.close(1012, "service restart");
    });
    using dialled = new Dialled({ url: gateway.url });
    expect(await dialled.closed.promise).toEqual({ code: 1012, reason: "service restart" });
    expect(dialled.reports).toEqual(["open", "text", "text", "close"]);
  });

  test("takes binary frames for text, and wrong UTF-8 in them for what it is", async () => {
    await using gateway = new LineGateway((line) => {
      line.sendBytes(new TextEncoder().encode("ü🦞"));
      line.sendBytes(Uint8Array.of(0x61, 0xff, 0x62));
      line.close();
    });
    using dialled = new Dialled({ url: gateway.url });
    await dialled.closed.promise;
    expect(dialled.texts).toEqual(["ü🦞", "a\ufffdb"]);
  });

  test("sends text, lone surrogates included, and says when it cannot", async () => {
    await using gateway = new LineGateway(() => {});
    using dialled = new Dialled({ url: gateway.url });
    expect(dialled.socket.send("{}")).toBe(false);
    await dialled.opened.promise;
    expect(dialled.socket.send('{"a":"🦞"}')).toBe(true);
    expect(dialled.socket.send('{"a":"\ud800"}')).toBe(true);
    await until(() => gateway.lines[0]?.received.length === 2);
    expect(gateway.lines[0]!.received).toEqual([{ a: "🦞" }, { a: "\ufffd" }]);
    dialled.socket.close(1000, "");
    expect(dialled.socket.send("{}")).toBe(false);
    await dialled.closed.promise;
    expect(dialled.socket.send("{}")).toBe(false);
    // Whoever holds on to a closed socket is not punished for it.
    dialled.socket.ping();
    dialled.socket.close(1000, "");
    dialled.socket.terminate();
    expect(dialled.socket.bufferedBytes()).toBe(0);
    expect(dialled.reports).toEqual(["open", "close"]);
  });

  test("notices the answer to its ping", async () => {
    await using gateway = new LineGateway(() => {});
    using dialled = new Dialled({ url: gateway.url });
    await dialled.opened.promise;
    dialled.socket.ping();
    await until(() => dialled.reports.includes("activity"));
    expect(gateway.lines[0]!.pings).toBe(1);
  });

  test.each([
    ["text", "x".repeat(1001)],
    ["bytes", new Uint8Array(1001)],
  ])(
    "closes on a frame of %s that is one byte too large, and hears one that just fits",
    async (_what, large) => {
      await using gateway = new LineGateway((line) => {
        line.send("x".repeat(1000));
        if (typeof large === "string") line.send(large);
        else line.sendBytes(large);
      });
      using dialled = new Dialled({ url: gateway.url }, 1000);
      expect((await dialled.closed.promise).code).toBe(1009);
      expect(dialled.texts).toEqual(["x".repeat(1000)]);
      expect((await gateway.lines[0]!.ended.promise).code).toBe(1009);
    },
  );

  test("asks for the path and sends the headers that it was given", async () => {
    let seen = "";
    await using server = await RawServer.start(async (socket) => {
      seen = await head(socket);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    const url = `ws://127.0.0.1:${server.port}/a/b?c=d`;
    using dialled = new Dialled({ url, headers: { "X-Test": "yes" } });
    expect((await dialled.failure())?.kind).toBe("not-a-gateway");
    expect(seen).toStartWith("GET /a/b?c=d HTTP/1.1\r\n");
    expect(seen).toMatch(/^x-test: yes\r$/im);
    // The reference's gateway takes no compression; none is offered.
    expect(seen).not.toMatch(/sec-websocket-extensions/i);
  });

  test.skipIf(!hasIpv6).each([
    ["in clear", undefined],
    ["with a pin", certificate("self-signed")],
  ])("reaches IPv6 loopback %s", async (_how, tls) => {
    await using gateway = new LineGateway((line) => line.event("hello"), {
      hostname: "::1",
      ...(tls === undefined ? {} : { tls }),
    });
    const pin = tls === undefined ? {} : { pin: fingerprintOf("self-signed") };
    using dialled = new Dialled({ url: gateway.url, ...pin });
    await dialled.opened.promise;
    expect(gateway.url).toContain("[::1]");
  });
});
