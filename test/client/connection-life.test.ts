import { describe, expect, test } from "bun:test";
import { NoAnswerError, RpcError } from "../../src/client/rpc-error.ts";
import { UserError } from "../../src/lib/errors.ts";
import { type Line, LineGateway } from "../fakes/line-gateway.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { until } from "../fakes/processes.ts";
import { RawServer, frame, shortFrame, text, upgrade } from "../fakes/raw-server.ts";
import { ObservedConnection, noCredentials } from "./observed-connection.ts";

/** What a promise fails with. */
function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error,
  );
}

const welcome = (line: Line): Promise<unknown> => line.welcome();

describe("a connection", () => {
  test("hands on events, but not ticks, in their order", async () => {
    await using gateway = new LineGateway(async (line) => {
      line.event("too.early");
      await line.welcome();
      for (const name of ["a", "tick", "b", "shutdown", "tick", "c"]) line.event(name, { name });
    });
    await using node = ObservedConnection.started(gateway.url);
    await until(() => node.events.at(-1)?.[0] === "c");
    expect(node.events.map(([name]) => name)).toEqual(["a", "b", "shutdown", "c"]);
    expect(node.events[1]).toEqual(["b", { name: "b" }]);
  });

  test("survives 10 000 events in one go, in their order", async () => {
    await using gateway = new LineGateway(async (line) => {
      await line.welcome();
      for (let index = 0; index < 10_000; index += 1) line.event("e", index);
      line.event("end");
    });
    await using node = ObservedConnection.started(gateway.url);
    await until(() => node.events.at(-1)?.[0] === "end");
    expect(node.events.slice(0, -1).map(([, payload]) => payload)).toEqual(
      Array.from({ length: 10_000 }, (_, index) => index),
    );
  });

  test("that the gateway restarts says so and comes back", async () => {
    await using gateway = new LineGateway(async (line, number) => {
      await line.welcome();
      if (number > 1) return;
      line.event("shutdown", { reason: "gateway stopping", restartExpectedMs: null });
      line.close(1012, "service restart");
    });
    await using node = ObservedConnection.started(gateway.url);
    const { failure } = await node.retry();
    expect(failure).toEqual({ kind: "restarting", message: "the gateway restarts" });
    await node.next("connected");
  });

  test.each<[number, string, string]>([
    [1000, "", "closed"],
    [1001, "going away", "closed"],
    [1008, "slow consumer", "closed"],
    [1009, "", "closed"],
    [1011, "stale install", "closed"],
    [1012, "service restart", "restarting"],
    [1013, "gateway starting", "restarting"],
  ])("that is closed with %d %j is made again", async (code, reason, kind) => {
    await using gateway = new LineGateway(async (line, number) => {
      await line.welcome();
      if (number === 1) line.close(code, reason);
    });
    await using node = ObservedConnection.started(gateway.url);
    expect((await node.retry()).failure.kind).toBe(kind as any);
    await node.next("connected");
  });

  test("that breaks without a word is made again", async () => {
    await using gateway = new LineGateway(async (line, number) => {
      await line.welcome();
      if (number === 1) line.terminate();
    });
    await using node = ObservedConnection.started(gateway.url);
    expect((await node.retry()).failure.kind).toBe("closed");
    await node.next("connected");
  });

  test("counts failures on until it was stable for a while", async () => {
    await using gateway = new LineGateway(async (line, number) => {
      await line.welcome();
      if (number < 4) line.close();
    });
    await using node = ObservedConnection.started(gateway.url);
    const delays = [await node.retry(), await node.retry(), await node.retry()];
    expect(delays.map(({ delayMs }) => delayMs)).toEqual([1500, 2500, 4500]);
    await node.next("connected");
    expect(node.connection.state.failures).toBe(3);
    gateway.lines.at(-1)!.event("alive");
    await until(() => node.events.length > 0);
    node.clock.advance(30_000);
    expect(node.connection.state.failures).toBe(0);
  });
});

describe("a silent connection", () => {
  test("whose peer still answers pings is given up after two ticks without a frame", async () => {
    await using gateway = new LineGateway(welcome);
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
    for (let pings = 1; pings <= 2; pings += 1) {
      node.clock.advance(30_000);
      await until(() => node.activity >= pings);
      expect(node.connection.state.phase.name).toBe("connected");
    }
    node.clock.advance(30_000);
    expect(await gateway.lines[0]!.ended.promise).toEqual({ code: 4000, reason: "tick timeout" });
    expect((await node.retry()).failure).toEqual({
      kind: "silent",
      message: "the gateway has been silent for 90 s",
    });
    await node.next("connected");
    expect(gateway.mostAtOnce).toBe(1);
  });

  test("whose peer answers not even pings is given up at the next tick, and dropped", async () => {
    await using server = await RawServer.start(async (socket) => {
      await upgrade(socket);
      socket.write(
        frame(text, '{"type":"event","event":"connect.challenge","payload":{"nonce":"n"}}'),
      );
      socket.once("data", (data: Buffer) => {
        const { id } = JSON.parse(unmask(data));
        const hello = { type: "hello-ok", protocol: 3, server: {} };
        socket.write(frame(text, JSON.stringify({ type: "res", id, ok: true, payload: hello })));
      });
    });
    await using node = ObservedConnection.started(`ws://127.0.0.1:${server.port}/`);
    await node.next("connected");
    node.clock.advance(30_000);
    expect(node.connection.state.phase.name).toBe("connected");
    node.clock.advance(30_000);
    expect(await node.next("closing")).toMatchObject({ failure: { kind: "silent" } });
    // Nor does it answer the close: it is dropped after a moment.
    node.clock.advance(2000);
    expect((await node.next("waiting")).failure.kind).toBe("silent");
    expect(server.sockets).toHaveLength(1);
  });

  test.each<[string, (line: Line) => void]>([
    ["ticks", (line) => line.event("tick", { ts: 1 })],
    ["any other event", (line) => line.event("health")],
    ["a frame that makes no sense", (line) => line.send("garbage")],
  ])("is not one on which %s come in", async (_what, speak) => {
    await using gateway = new LineGateway(welcome);
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
    for (let ticks = 1; ticks <= 8; ticks += 1) {
      speak(gateway.lines[0]!);
      gateway.lines[0]!.event("end");
      await until(() => node.events.filter(([name]) => name === "end").length === ticks);
      node.clock.advance(30_000);
      await until(() => node.activity >= ticks);
    }
    expect(node.connection.state.phase.name).toBe("connected");
    expect(gateway.lines).toHaveLength(1);
  });

  test("is noticed as soon as a machine wakes up that slept for an hour", async () => {
    const clock = new SleepingClock();
    await using gateway = new LineGateway(welcome);
    await using node = ObservedConnection.started(gateway.url, { clock });
    await node.next("connected");
    clock.sleptMs = 3_600_000;
    node.clock.advance(30_000);
    expect((await node.next("closing")).failure?.message).toBe(
      "the gateway has been silent for 3630 s",
    );
  });
});

/** Its wall clock goes on while the machine sleeps, its other clock does not. */
class SleepingClock extends ManualClock {
  sleptMs = 0;

  override now(): number {
    return super.now() + this.sleptMs;
  }
}

/** The text of one masked frame of a client, of up to 64 KiB. */
function unmask(data: Buffer): string {
  const short = data[1]! & 0x7f;
  const start = short === 126 ? 4 : 2;
  const length = short === 126 ? data.readUInt16BE(2) : short;
  const mask = data.subarray(start, start + 4);
  const body = data.subarray(start + 4, start + 4 + length);
  return Buffer.from(body.map((byte, index) => byte ^ mask[index % 4]!)).toString();
}

describe("a request", () => {
  test("gets its own answer, in whatever order answers come", async () => {
    await using gateway = new LineGateway(async (line) => {
      await line.welcome();
      const [first, second] = [await line.request("m"), await line.request("m")];
      line.answer({ id: "forged" }, "wrong");
      line.answer(second, second.params);
      line.answer(second, "again");
      line.answer(first, first.params);
      line.refuse(await line.request("n"), { code: "X", message: "no" }, 1000);
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
    const answers = [node.connection.request("m", 1), node.connection.request("m", 2)];
    expect(await Promise.all(answers)).toEqual([1, 2]);
    expect(await rejection(node.connection.request("n", {}))).toBeInstanceOf(RpcError);
  });

  test("ends when no answer comes in its time; a late one is ignored", async () => {
    await using gateway = new LineGateway(async (line) => {
      await line.welcome();
      const first = await line.request("m");
      await line.request("n");
      line.answer(first, "late");
      line.event("after");
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
    const request = node.connection.request("m", {}, 5000);
    node.clock.advance(5000);
    expect(await rejection(request)).toMatchObject({ reason: "timeout" });
    node.connection.send('{"type":"req","id":"1","method":"n"}');
    await until(() => node.events.length > 0);
    expect(node.connection.state.phase.name).toBe("connected");
  });

  test("ends with the connection", async () => {
    await using gateway = new LineGateway(async (line) => {
      await line.welcome();
      await line.request("m");
      line.terminate();
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
    expect(await rejection(node.connection.request("m", {}, 5000))).toMatchObject({
      reason: "closed",
    });
    await node.next("waiting");
  });

  test("that an earlier connection sent is not answered on a later one", async () => {
    let old: any;
    await using gateway = new LineGateway(async (line, number) => {
      await line.welcome();
      if (number === 1) {
        old = await line.request("m");
        return line.terminate();
      }
      line.answer(old, "too late");
      line.answer(await line.request("m"), "right");
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next("connected");
    const first = node.connection.request("m", {});
    expect(await rejection(first)).toBeInstanceOf(NoAnswerError);
    await node.retry();
    await node.next("connected");
    expect(await node.connection.request("m", {})).toBe("right");
  });

  test("without a connection fails at once, and nothing is sent", async () => {
    await using gateway = new LineGateway(() => {});
    await using node = new ObservedConnection(gateway.url);
    expect(await rejection(node.connection.request("m", {}))).toMatchObject({
      message: "No answer to m: not connected",
    });
    node.connection.start();
    await node.next("challenge");
    expect(await rejection(node.connection.request("m", {}))).toBeInstanceOf(NoAnswerError);
    expect(node.connection.send("x")).toBe(false);
    expect(gateway.lines[0]!.received).toEqual([]);
  });
});

describe("over many reconnects", () => {
  test("there are never two sockets at once, whatever ends them", async () => {
    const endings: ((line: Line) => unknown)[] = [
      (line) => line.close(1012, "service restart"),
      (line) => line.terminate(),
      async (line) => {
        line.challenge();
        const connect = await line.request("connect");
        line.refuse(connect, { code: "INVALID_REQUEST", message: "unauthorized: x" });
      },
      async (line) => {
        await line.welcome();
        line.close(1008, "slow consumer");
      },
      async (line) => {
        await line.welcome();
        line.event("shutdown");
        line.terminate();
      },
      async (line) => {
        line.challenge();
        const { id } = await line.request("connect");
        // The answer without the close: the client ends this one.
        line.send({
          type: "res",
          id,
          ok: false,
          error: { code: "INVALID_REQUEST", message: "unauthorized" },
        });
      },
      async (line) => {
        line.challenge();
        line.answer(await line.request("connect"), "no hello");
      },
      async (line) => {
        await line.welcome();
        line.send("x".repeat(27_000_000));
      },
    ];
    const rounds = endings.length * 5;
    await using gateway = new LineGateway(async (line, number) => {
      await (number > rounds ? line.welcome() : endings[number % endings.length]!(line));
      if (number > rounds) line.event("end");
    });
    await using node = ObservedConnection.started(gateway.url, {
      credentials: () => ({ ...noCredentials, deviceToken: "a", sharedToken: "b" }),
    });
    while (!node.events.some(([name]) => name === "end")) {
      const { phase } = node.connection.state;
      if (phase.name === "waiting") node.clock.advance(phase.delayMs);
      await Bun.sleep(1);
    }
    expect(gateway.lines.length).toBeGreaterThan(rounds);
    expect(gateway.mostAtOnce).toBe(1);
    expect(gateway.open).toBe(1);
  });
});

describe("a dial that cannot begin", () => {
  test("is a failure like any other, and is tried again with fresh settings", async () => {
    await using gateway = new LineGateway(welcome);
    const problems = [new UserError("no such file", { hint: "make it" }), new Error("defect")];
    await using node = ObservedConnection.started(() => {
      const problem = problems.shift();
      if (problem !== undefined) throw problem;
      return { url: gateway.url };
    });
    expect((await node.retry()).failure).toEqual({
      kind: "settings",
      message: "no such file",
      hint: "make it",
    });
    expect((await node.retry()).failure).toEqual({ kind: "closed", message: "defect" });
    await node.next("connected");
  });

  test.each([
    ["an address that is none", { url: "ws://[bad/" }],
    ["a proxy that is none", { url: "ws://127.0.0.1:1/", proxy: "http://" }],
  ])("because of %s", async (_what, route) => {
    await using node = ObservedConnection.started(() => route);
    expect((await node.next("waiting")).failure.kind).toBe("closed");
  });

  test("because credentials cannot be read", async () => {
    await using node = ObservedConnection.started("ws://127.0.0.1:1/", {
      credentials: () => {
        throw new UserError("Cannot read the token");
      },
    });
    expect((await node.next("waiting")).failure.kind).toBe("settings");
  });

  test("can be stopped at once", async () => {
    const node = ObservedConnection.started(() => {
      throw new UserError("no");
    });
    await node.connection.stop();
    expect(node.connection.state.phase.name).toBe("stopped");
    expect(node.clock.waiting).toBe(0);
  });
});

describe("stop", () => {
  /** A connection that has come to a phase, with a gateway that says what it needs for that. */
  async function stoppedIn(phase: string): Promise<string> {
    await using gateway = new LineGateway(async (line) => {
      if (phase === "challenge") return;
      line.challenge();
      const connect = await line.request("connect");
      if (phase === "waiting") line.terminate();
      if (phase === "connected")
        line.answer(connect, { type: "hello-ok", protocol: 3, server: {} });
    });
    await using node = ObservedConnection.started(gateway.url);
    await node.next(phase as "connected");
    const [, again] = await Promise.all([node.connection.stop(), node.connection.stop()]);
    expect(again).toBeUndefined();
    expect(node.connection.state.phase.name).toBe("stopped");
    expect(node.clock.waiting).toBe(0);
    await until(() => gateway.open === 0);
    return (await gateway.lines[0]?.ended.promise)?.reason ?? "";
  }

  test.each([
    ["challenge", "client is stopping"],
    ["authenticating", "client is stopping"],
    ["connected", "client is stopping"],
    ["waiting", ""],
  ])("in the phase %s closes in good order", async (phase, reason) => {
    expect(await stoppedIn(phase)).toBe(reason);
  });

  test("before the start and after the stop does no harm", async () => {
    const node = new ObservedConnection("ws://127.0.0.1:1/");
    await node.connection.stop();
    node.connection.start();
    await node.connection.stop();
    expect(node.connection.state.phase.name).toBe("stopped");
    expect(node.path).not.toContain("dialing");
  });

  test("of a dial that nobody answers ends it, and the other side sees it end", async () => {
    await using server = await RawServer.start(() => {});
    const node = ObservedConnection.started(`ws://127.0.0.1:${server.port}/`);
    await until(() => server.received > 0);
    await node.connection.stop();
    await until(() => server.sockets[0]!.destroyed || server.sockets[0]!.readableEnded);
  });

  test("of a peer that does not answer the close drops it after a moment", async () => {
    await using server = await RawServer.start(async (socket) => {
      await upgrade(socket);
      socket.write(shortFrame(0x89, ""));
    });
    const node = ObservedConnection.started(`ws://127.0.0.1:${server.port}/`);
    await node.next("challenge");
    const stopped = node.connection.stop();
    expect(node.connection.state.phase.name).toBe("closing");
    node.clock.advance(2000);
    await stopped;
    expect(node.path).toEndWith("closing stopped");
  });
});
