import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { formatFingerprint, parseFingerprint } from "../../src/client/fingerprint.ts";
import { ConnectProxy } from "../fakes/connect-proxy.ts";
import { LineGateway } from "../fakes/line-gateway.ts";
import { until } from "../fakes/processes.ts";
import { RawServer } from "../fakes/raw-server.ts";
import {
  type CertificateName,
  TlsServer,
  authority,
  certificate,
  fingerprintOf,
} from "../fakes/tls-server.ts";
import { Dialled } from "./dialled.ts";

const gatewayWith = (name: CertificateName) =>
  new LineGateway((line) => line.event("hello"), { tls: certificate(name) });
const wss = ({ port }: { port: number }, host = "127.0.0.1") => `wss://${host}:${port}/`;

/** Takes connections for others: the first for the first of the ports, and so on. */
function forwarding(...ports: number[]): Promise<RawServer> {
  return RawServer.start((socket) => {
    const upstream = connect(ports.shift() ?? 0, "127.0.0.1");
    upstream.on("error", () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
    socket.on("close", () => upstream.destroy());
  });
}

const over = (server: RawServer): boolean => server.sockets.every(({ destroyed }) => destroyed);

/** Opens, hears the first frame and closes; fails when any of this does not happen. */
async function works(options: ConstructorParameters<typeof Dialled>[0]): Promise<void> {
  using dialled = new Dialled(options);
  void dialled.closed.promise.then(({ code }) =>
    dialled.opened.reject(new Error(`${code} ${JSON.stringify(dialled.failures)}`)),
  );
  await dialled.opened.promise;
  await until(() => dialled.texts.length > 0);
  expect(JSON.parse(dialled.texts[0]!)).toMatchObject({ event: "hello" });
  dialled.socket.close(1000, "done");
  expect(await dialled.closed.promise).toEqual({ code: 1000, reason: "done" });
  expect(dialled.reports).toEqual(["open", "text", "close"]);
}

describe("without a pin", () => {
  test.each(["127.0.0.1", "localhost"])(
    "a certificate of the given authority is trusted for %s",
    async (host) => {
      await using gateway = gatewayWith("issued");
      await works({ url: wss(gateway, host), ca: [authority] });
    },
  );

  test.each<[string, CertificateName, string[] | undefined]>([
    ["a self-signed certificate", "self-signed", undefined],
    ["a certificate of an unknown authority", "issued", undefined],
    ["a certificate of another authority", "issued", [certificate("self-signed").cert]],
    ["a certificate for another name", "other-name", [authority]],
    [
      "a trusted certificate without any name of this server",
      "self-signed",
      [certificate("self-signed").cert],
    ],
    ["a trusted certificate that has expired", "expired", [certificate("expired").cert]],
  ])("%s is refused, and nothing is sent", async (_what, name, ca) => {
    await using server = await TlsServer.start(name);
    using dialled = new Dialled({ url: wss(server), ...(ca === undefined ? {} : { ca }) });
    expect(await dialled.failure()).toMatchObject({ kind: "tls" });
    expect(dialled.reports).toEqual(["error", "close"]);
    expect(server.bytes).toBe(0);
  });
});

describe("with a pin", () => {
  test.each<[string, CertificateName]>([
    ["self-signed and without a name, as the reference makes it", "self-signed"],
    ["issued by an authority that is neither known nor sent", "issued"],
    ["for another name", "other-name"],
  ])("a certificate that matches is enough: one %s", async (_what, name) => {
    await using gateway = gatewayWith(name);
    await works({ url: wss(gateway), pin: fingerprintOf(name) });
  });

  test("the form in which it was written does not matter", async () => {
    await using gateway = gatewayWith("self-signed");
    const shown = `sha256:${formatFingerprint(fingerprintOf("self-signed"))}`;
    await works({ url: wss(gateway), pin: parseFingerprint(shown, "--tls-fingerprint") });
  });

  test("of another certificate nothing but the handshake reaches the server", async () => {
    await using server = await TlsServer.start("self-signed");
    await using front = await forwarding(server.port);
    const pin = fingerprintOf("issued");
    using dialled = new Dialled({ url: wss(front), pin });
    const failure = await dialled.failure();
    expect(failure?.kind).toBe("tls-pin");
    expect(failure?.message).toContain(pin);
    expect(failure?.message).toContain(fingerprintOf("self-signed"));
    expect(dialled.reports).toEqual(["error", "close"]);
    await until(() => over(front));
    expect(front.sockets).toHaveLength(1);
    expect(front.received).toBeGreaterThan(0);
    expect(server.bytes).toBe(0);
  });

  test("of the right certificate the upgrade reaches the server", async () => {
    await using server = await TlsServer.start("self-signed");
    using dialled = new Dialled({ url: wss(server), pin: fingerprintOf("self-signed") });
    await until(() => server.bytes > 100);
    expect(dialled.reports).toEqual([]);
  });

  test("an expired certificate is refused even if it matches", async () => {
    await using server = await TlsServer.start("expired");
    using dialled = new Dialled({ url: wss(server), pin: fingerprintOf("expired") });
    expect((await dialled.failure())?.message).toContain("expired");
    expect(server.bytes).toBe(0);
  });

  test("another trusted certificate is refused all the same", async () => {
    await using server = await TlsServer.start("issued");
    using dialled = new Dialled({ url: wss(server), pin: "0".repeat(64), ca: [authority] });
    expect((await dialled.failure())?.kind).toBe("tls-pin");
    expect(server.bytes).toBe(0);
  });

  test.each<[string, CertificateName, CertificateName, string]>([
    ["to a self-signed one", "issued", "self-signed", "tls"],
    ["to one of the same authority", "issued", "other-name", "tls"],
    ["to one that the pinned one issued", "ca", "issued", "tls-pin"],
  ])(
    "a server that changes its certificate in between, %s, gets nothing",
    async (_what, name, later, kind) => {
      await using right = await TlsServer.start(name);
      await using wrong = await TlsServer.start(later);
      await using front = await forwarding(right.port, wrong.port);
      using dialled = new Dialled({ url: wss(front), pin: fingerprintOf(name) });
      expect((await dialled.failure())?.kind).toBe(kind as "tls");
      expect(dialled.reports).toEqual(["error", "close"]);
      await until(() => over(front));
      expect(front.sockets).toHaveLength(2);
      expect(right.bytes + wrong.bytes).toBe(0);
    },
  );

  test.each<[string, () => Promise<RawServer>, string]>([
    [
      "that speaks no TLS",
      () => RawServer.start((socket) => void socket.end("HTTP/1.1 400 Bad\r\n\r\n")),
      "tls",
    ],
    ["that closes at once", () => RawServer.start((socket) => void socket.destroy()), "closed"],
  ])("a server %s is told apart", async (_what, start, kind) => {
    await using server = await start();
    using dialled = new Dialled({ url: wss(server), pin: "0".repeat(64) });
    expect((await dialled.failure())?.kind).toBe(kind as "tls");
    expect(dialled.reports).toEqual(["error", "close"]);
  });

  test("nobody at all is told apart", async () => {
    const server = await RawServer.start(() => {});
    const url = wss(server);
    await server[Symbol.asyncDispose]();
    using dialled = new Dialled({ url, pin: "0".repeat(64) });
    expect((await dialled.failure())?.kind).toBe("refused");
  });

  test("a name that nobody knows is told apart, also when it says proxy", async () => {
    using dialled = new Dialled({ url: "wss://proxy.invalid:1/", pin: "0".repeat(64) });
    expect((await dialled.failure())?.kind).toBe("dns");
  });
});

describe("a dial that is ended", () => {
  const pin = "0".repeat(64);
  test.each<["close" | "terminate"]>([["close"], ["terminate"]])(
    "by %s while the certificate is read reports the close alone, once",
    async (way) => {
      await using server = await RawServer.start(() => {});
      using dialled = new Dialled({ url: wss(server), pin });
      await until(() => server.received > 0);
      dialled.socket[way](1000, "");
      expect(await dialled.closed.promise).toEqual({ code: 1006, reason: "" });
      dialled.socket.terminate();
      await until(() => server.sockets[0]!.destroyed || server.sockets[0]!.readableEnded);
      expect(dialled.reports).toEqual(["close"]);
    },
  );

  test("while the proxy keeps silent reports the close", async () => {
    await using proxy = await RawServer.start(() => {});
    const options = { url: "wss://192.0.2.1:1/", pin, proxy: `http://127.0.0.1:${proxy.port}` };
    using dialled = new Dialled(options);
    await until(() => proxy.received > 0);
    dialled.socket.close(1000, "");
    await dialled.closed.promise;
    expect(dialled.reports).toEqual(["close"]);
  });

  test("the moment that the proxy has answered reports the close", async () => {
    const ours: { dialled?: Dialled } = {};
    await using proxy = await RawServer.start((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        setImmediate(() => ours.dialled?.socket.close(1000, ""));
      });
    });
    const options = { url: "wss://192.0.2.1:1/", pin, proxy: `http://127.0.0.1:${proxy.port}` };
    using dialled = new Dialled(options);
    ours.dialled = dialled;
    await dialled.closed.promise;
    expect(dialled.reports).toEqual(["close"]);
  });

  test.each([
    ["to a gateway", {}],
    ["to a pinned gateway", { pin: fingerprintOf("self-signed") }],
  ])("before it began %s reports the close", async (_what, more) => {
    await using gateway = gatewayWith("self-signed");
    using dialled = new Dialled({ url: wss(gateway), ...more });
    dialled.socket.terminate();
    expect(dialled.socket.send("x")).toBe(false);
    expect(dialled.socket.bufferedBytes()).toBe(0);
    dialled.socket.ping();
    await dialled.closed.promise;
    expect(dialled.reports).not.toContain("open");
    expect(gateway.lines).toEqual([]);
  });
});

describe("through a proxy", () => {
  test.each([
    ["without a password", undefined, ""],
    ["with a password", "me:p@ss word/ü", "me:p%40ss%20word%2F%C3%BC@"],
  ])(
    "%s a pinned gateway is reached, and the proxy sees no more than its address",
    async (_what, credentials, user) => {
      await using gateway = gatewayWith("self-signed");
      await using proxy = await ConnectProxy.start(credentials);
      await works({
        url: wss(gateway),
        pin: fingerprintOf("self-signed"),
        proxy: `http://${user}127.0.0.1:${proxy.port}`,
      });
      const request = `CONNECT 127.0.0.1:${gateway.port} HTTP/1.1`;
      expect(proxy.requests).toEqual([request, request]);
    },
  );

  test("a gateway of a given authority is reached", async () => {
    await using gateway = gatewayWith("issued");
    await using proxy = await ConnectProxy.start("me:pw");
    const options = { url: wss(gateway), proxy: `http://me:pw@127.0.0.1:${proxy.port}` };
    await works({ ...options, ca: [authority] });
    expect(proxy.requests).toHaveLength(1);
  });

  test("a plain gateway is reached", async () => {
    await using gateway = new LineGateway((line) => line.event("hello"));
    await using proxy = await ConnectProxy.start();
    await works({ url: gateway.url, proxy: `http://127.0.0.1:${proxy.port}` });
  });

  test("another certificate than the pinned one gets nothing", async () => {
    await using server = await TlsServer.start("self-signed");
    await using proxy = await ConnectProxy.start();
    const options = { url: wss(server), proxy: `http://127.0.0.1:${proxy.port}` };
    using dialled = new Dialled({ ...options, pin: "0".repeat(64) });
    expect((await dialled.failure())?.kind).toBe("tls-pin");
    expect(server.bytes).toBe(0);
    expect(proxy.requests).toHaveLength(1);
  });

  const pins: [string, { pin?: string }][] = [
    ["", {}],
    [" when the certificate is read", { pin: "0".repeat(64) }],
  ];
  test.each(pins)("a wrong password is the proxy's refusal%s", async (_when, pin) => {
    await using proxy = await ConnectProxy.start("me:right");
    const proxyUrl = `http://me:wrong@127.0.0.1:${proxy.port}`;
    using dialled = new Dialled({ url: "wss://192.0.2.1:1/", proxy: proxyUrl, ...pin });
    const failure = await dialled.failure();
    expect(failure).toMatchObject({ kind: "proxy" });
    expect(failure?.message).not.toContain("wrong");
  });

  test.each(pins)("a gateway that the proxy cannot reach is told so%s", async (_when, pin) => {
    await using proxy = await ConnectProxy.start();
    const nobody = await RawServer.start(() => {});
    const url = wss(nobody);
    await nobody[Symbol.asyncDispose]();
    using dialled = new Dialled({ url, proxy: `http://127.0.0.1:${proxy.port}`, ...pin });
    expect((await dialled.failure())?.kind).toBe("proxy");
  });

  test.each<[string, string]>([
    ["closes at once", ""],
    ["is none", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    ["answers without end", `HTTP/1.1 403 No\r\n${"x".repeat(40_000)}`],
  ])("a proxy that %s is told so", async (_what, answer) => {
    await using proxy = await RawServer.start((socket) => {
      socket.once("data", () => socket.end(answer));
    });
    const options = { url: "wss://192.0.2.1:1/", proxy: `http://127.0.0.1:${proxy.port}` };
    using dialled = new Dialled({ ...options, pin: "0".repeat(64) });
    expect((await dialled.failure())?.kind).toBe("proxy");
  });

  test("a user name that is no proper text does no harm", async () => {
    await using proxy = await RawServer.start((socket) => void socket.end());
    const options = {
      url: "wss://192.0.2.1:1/",
      proxy: `http://us%zzer:p%@127.0.0.1:${proxy.port}`,
    };
    using dialled = new Dialled({ ...options, pin: "0".repeat(64) });
    expect((await dialled.failure())?.kind).toBe("proxy");
    expect(dialled.reports).toEqual(["error", "close"]);
  });
});
