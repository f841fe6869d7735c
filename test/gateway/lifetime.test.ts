import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { GatewayConnection } from "../../src/client/connection.ts";
import { connectRequest } from "../../src/client/connect-request.ts";
import type { ConnectionState } from "../../src/client/connection-state.ts";
import { parseGatewayUrl } from "../../src/client/endpoint.ts";
import { routeOf } from "../../src/client/route.ts";
import { systemClock, systemRandom } from "../../src/platform/clock.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { systemSockets } from "../../src/platform/websocket-client.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { EmbeddedGateway, testToken } from "../fakes/embedded-gateway.ts";
import { newDevice, nodeProfile } from "./device.ts";
import { RawClient } from "./raw-client.ts";

const certificate = await Bun.file(`${import.meta.dir}/../fixtures/gateway-tls/cert.pem`).text();
const key = await Bun.file(`${import.meta.dir}/../fixtures/gateway-tls/key.pem`).text();

describe("ticks", () => {
  test("reach everybody who is let in, in a row of numbers", async () => {
    await using gateway = new EmbeddedGateway({ tickIntervalMs: 200 });
    using stranger = new RawClient(gateway.url);
    using node = await RawClient.node(gateway.url);
    using operator = await RawClient.operator(gateway.url);
    const first = await node.event("tick");
    const second = await node.event("tick");
    expect(second.seq).toBe(first.seq + 1);
    expect(second.payload.ts).toBeGreaterThan(first.payload.ts);
    expect((await operator.event("tick")).seq).toBeGreaterThan(0);
    expect(stranger.frames.map(({ event }) => event)).toEqual(["connect.challenge"]);
  });

  test("come with pings: who shows no life for three of them is dropped", async () => {
    await using gateway = new EmbeddedGateway({ tickIntervalMs: 30 });
    using alive = await RawClient.operator(gateway.url);
    // Raw, so that nothing answers the pings.
    const dead = connect(gateway.port, "127.0.0.1");
    const ended = new Promise((resolve) => dead.on("close", resolve));
    dead.write(
      "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    dead.resume();
    await ended;
    expect(gateway.log.lines.map(({ message }) => message)).toContain(
      "dropped a connection without a sign of life",
    );
    await Bun.sleep(100);
    expect(await alive.payload("health")).toMatchObject({ ok: true });
  });
});

describe("stop", () => {
  test("says good-bye to everybody and frees the port", async () => {
    const gateway = new EmbeddedGateway();
    using node = await RawClient.node(gateway.url);
    using stranger = new RawClient(gateway.url);
    await stranger.event("connect.challenge");
    await gateway.stop();
    expect((await node.event("shutdown")).payload).toEqual({
      reason: "gateway stopping",
      restartExpectedMs: null,
    });
    expect(await node.closed).toEqual({ code: 1012, reason: "service restart" });
    expect(await stranger.closed).toEqual({ code: 1012, reason: "service restart" });
    await using next = new EmbeddedGateway({ port: gateway.port });
    expect(next.port).toBe(gateway.port);
  });

  test("does not wait for those who do not close", async () => {
    const gateway = new EmbeddedGateway();
    const stubborn = connect({ port: gateway.port, host: "127.0.0.1", allowHalfOpen: true });
    stubborn.on("error", () => {});
    stubborn.write("GET / HTTP/1.1\r\n");
    await new Promise((resolve) => stubborn.on("connect", resolve));
    await Bun.sleep(50);
    // It would wait for ever, and this test with it.
    await gateway.stop();
    stubborn.destroy();
  });
});

describe("our own client", () => {
  const states = async (gateway: EmbeddedGateway, ca?: string): Promise<ConnectionState[]> => {
    const seen: ConnectionState[] = [];
    const settled = Promise.withResolvers<void>();
    const device = newDevice();
    const connection = new GatewayConnection(
      { clock: systemClock, random: systemRandom, sockets: systemSockets, log: new CollectedLog() },
      {
        route: () =>
          routeOf(
            {
              endpoint: parseGatewayUrl(gateway.url, "--url"),
              pin: undefined,
              ca: ca === undefined ? undefined : ca,
              allowInsecure: false,
            },
            {},
          ),
        credentials: () => ({
          deviceToken: undefined,
          sharedToken: testToken,
          password: undefined,
        }),
        connectParams: (handshake) => connectRequest(nodeProfile, device, handshake),
        onState(state) {
          seen.push(state);
          if (state.phase.name === "connected" || state.phase.name === "waiting") settled.resolve();
        },
        onEvent: () => {},
      },
    );
    connection.start();
    await settled.promise;
    await connection.stop();
    return seen;
  };

  test("connects", async () => {
    await using gateway = new EmbeddedGateway();
    expect((await states(gateway)).map(({ phase }) => phase.name)).toContain("connected");
  });

  test("connects with TLS", async () => {
    await using gateway = new EmbeddedGateway({ tls: { cert: certificate, key } });
    expect((await states(gateway, certificate)).map(({ phase }) => phase.name)).toContain(
      "connected",
    );
  });
});

test("a port that is taken is told by the system's name", () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  expect(() => new EmbeddedGateway({ port: taken.port })).toThrow(
    expect.objectContaining({ code: "EADDRINUSE" }),
  );
  taken.stop();
});

test("starting reads files and writes none", async () => {
  await using gateway = new EmbeddedGateway();
  expect(systemFiles.list(gateway.directory)).toEqual([]);
});
