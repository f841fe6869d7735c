// The control socket for real: its file, its answers, and clients that mean it no good.
import { describe, expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { systemControlSockets } from "../../src/platform/control-socket.ts";
import type { ControlListener } from "../../src/platform/ports.ts";
import { Scratch } from "../fakes/scratch.ts";

const limits = { maxLineBytes: 1000, deadlineMs: 60_000, maxConnections: 4 };

class Scene extends Scratch implements AsyncDisposable {
  readonly socket = this.at("node.sock");
  readonly lines: string[] = [];
  #listeners: ControlListener[] = [];
  #clients: Socket[] = [];

  async listen(changed: Partial<typeof limits> = {}, path = this.socket): Promise<ControlListener> {
    const listener = await systemControlSockets.listen(path, { ...limits, ...changed }, (line) => {
      this.lines.push(line);
      return Promise.resolve(`answer to ${line}`);
    });
    this.#listeners.push(listener);
    return listener;
  }

  ask(line: string): Promise<string> {
    return systemControlSockets.request(this.socket, line, 10_000);
  }

  /** A client that says what it is told, and what it was told until it was closed. */
  async client(text = ""): Promise<{ socket: Socket; closed: Promise<string> }> {
    const socket = connect({ path: this.socket, allowHalfOpen: true });
    this.#clients.push(socket);
    let heard = "";
    socket.on("data", (chunk) => (heard += String(chunk)));
    socket.on("error", () => {});
    const closed = new Promise<string>((resolve) => {
      socket.on("close", () => resolve(heard));
      socket.on("end", () => resolve(heard));
    });
    await new Promise<void>((resolve) => socket.on("connect", resolve));
    if (text !== "") socket.write(text);
    return { socket, closed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    for (const listener of this.#listeners) await listener.close();
    this[Symbol.dispose]();
  }
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "none",
    (error: unknown) => String(error),
  );
}

describe("the socket", () => {
  test("is this user's alone, in its place, and gone at the end", async () => {
    await using scene = new Scene();
    const listener = await scene.listen();
    expect(statSync(scene.socket).isSocket()).toBe(true);
    expect((statSync(scene.socket).mode & 0o777).toString(8)).toBe("600");
    expect(readdirSync(scene.path)).toEqual(["node.sock"]);
    expect(await scene.ask("hello")).toBe("answer to hello");
    await listener.close();
    expect(readdirSync(scene.path)).toEqual([]);
    expect(await problemOf(scene.ask("hello"))).toContain("ENOENT");
  });

  test("of a dead host is replaced", async () => {
    await using scene = new Scene();
    const program = `require("node:net").createServer().listen(${JSON.stringify(scene.socket)}, () => process.kill(process.pid, "SIGKILL"))`;
    await Bun.spawn([process.execPath, "-e", program]).exited;
    expect(statSync(scene.socket).isSocket()).toBe(true);
    expect(await problemOf(scene.ask("x"))).toContain("ECONNREFUSED");
    await scene.listen();
    expect(await scene.ask("x")).toBe("answer to x");
  });

  test("that is served is not taken over", async () => {
    await using scene = new Scene();
    await scene.listen();
    expect(await problemOf(scene.listen())).toContain("another process does");
    expect(await scene.ask("x")).toBe("answer to x");
    expect(readdirSync(scene.path)).toEqual(["node.sock"]);
  });

  test.each<[string, (scene: Scene) => void]>([
    ["a file", (scene) => void scene.file("node.sock", "mine")],
    ["a directory", (scene) => void scene.directory("node.sock")],
    ["a link to a socket elsewhere", (scene) => void scene.link("node.sock", "/dev/log")],
  ])("does not take the place of %s", async (_case, put) => {
    await using scene = new Scene();
    put(scene);
    const before = statSync(scene.path).ino;
    expect(await problemOf(scene.listen())).toContain("something else than a socket is there");
    expect(readdirSync(scene.path)).toEqual(["node.sock"]);
    expect(statSync(scene.path).ino).toBe(before);
  });

  test("of somebody else, who took the place meanwhile, stays", async () => {
    await using scene = new Scene();
    const listener = await scene.listen();
    scene[Symbol.dispose]();
    scene.file("node.sock", "mine");
    await listener.close();
    expect(scene.read("node.sock")).toBe("mine");
  });

  test.if(process.platform === "linux")(
    "has a path that the system can hold, or is refused with its length",
    async () => {
      await using scene = new Scene();
      const room = 107 - Buffer.byteLength(scene.path) - "//node.sock".length;
      const fits = `${scene.directory("x".repeat(room))}/node.sock`;
      expect(Buffer.byteLength(fits)).toBe(107);
      await scene.listen({}, fits);
      expect(await systemControlSockets.request(fits, "x", 10_000)).toBe("answer to x");
      const longer = `${scene.directory("y".repeat(room + 1))}/node.sock`;
      expect(await problemOf(scene.listen({}, longer))).toContain("has 108 bytes");
    },
  );
});

describe("a client", () => {
  test("gets an answer to any text, in as many pieces as it likes", async () => {
    await using scene = new Scene();
    await scene.listen();
    const { socket, closed } = await scene.client("h\u00e4");
    socket.write(Buffer.from([0xff, 0xfe]));
    socket.write("llo\nmore that nobody reads\n");
    expect(await closed).toBe("answer to hä\ufffd\ufffdllo\n");
    expect(scene.lines).toEqual(["hä\ufffd\ufffdllo"]);
  });

  test("that says too much at once is cut off, unheard", async () => {
    await using scene = new Scene();
    await scene.listen();
    const { closed } = await scene.client("x".repeat(1_000_000));
    expect(await closed).toBe("");
    const { closed: late } = await scene.client(`${"x".repeat(1001)}\n`);
    expect(await late).toBe("");
    expect(scene.lines).toEqual([]);
    expect(await scene.ask("y".repeat(1000))).toStartWith("answer to yyy");
  });

  test("that says nothing is dropped in the end", async () => {
    await using scene = new Scene();
    await scene.listen({ deadlineMs: 20 });
    const { closed } = await scene.client();
    expect(await closed).toBe("");
  });

  test("that goes on and on is dropped in the end too", async () => {
    await using scene = new Scene();
    await scene.listen({ deadlineMs: 20 });
    const { socket, closed } = await scene.client();
    const dripping = setInterval(() => socket.write("x"), 2);
    expect(await closed).toBe("");
    clearInterval(dripping);
  });

  test("that closes its half, or all of it, early hurts nobody", async () => {
    await using scene = new Scene();
    await scene.listen();
    const half = await scene.client("no line");
    half.socket.end();
    expect(await half.closed).toBe("");
    const whole = await scene.client("line\n");
    whole.socket.destroy();
    const asked = await scene.client();
    asked.socket.end("with its half closed\n");
    expect(await asked.closed).toBe("answer to with its half closed\n");
    expect(await scene.ask("still there")).toBe("answer to still there");
  });

  test("keeps nobody out, however many connections it holds", async () => {
    await using scene = new Scene();
    await scene.listen();
    const silent = await Promise.all(Array.from({ length: 200 }, () => scene.client()));
    expect(await scene.ask("x")).toBe("answer to x");
    const dropped = silent.map(({ closed }, index) => closed.then(() => index));
    // All but the newest few had to go.
    await Promise.all(dropped.slice(0, 190));
  });

  test("learns that an answer never came", async () => {
    await using scene = new Scene();
    const mute = createServer((socket) => void socket.on("data", () => socket.end()));
    await new Promise<void>((resolve) => void mute.listen(scene.socket, resolve));
    expect(await problemOf(scene.ask("x"))).toContain("ended without an answer");
    mute.close();
  });

  test("learns that an answer takes too long, in time or in bytes", async () => {
    await using scene = new Scene();
    const sockets: Socket[] = [];
    const odd = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.on("data", (line) => {
        if (String(line) === "much\n") socket.write("x".repeat(9 * 1024 * 1024));
      });
    });
    await new Promise<void>((resolve) => void odd.listen(scene.socket, resolve));
    const { request } = systemControlSockets;
    expect(await problemOf(request(scene.socket, "slow", 20))).toContain("no answer came in time");
    expect(await problemOf(request(scene.socket, "much", 10_000))).toContain("too long");
    for (const socket of sockets) socket.destroy();
    odd.close();
  });
});
