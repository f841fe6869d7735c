/** Unix sockets and named pipes that carry one line each way. */
import {
  type Stats,
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type Server, type Socket, connect, createServer } from "node:net";
import { dirname } from "node:path";

import { UserError, codeOf } from "../lib/errors.ts";
import { shellQuote } from "../lib/display-text.ts";
import type { ControlLimits, ControlListener, ControlSockets } from "./ports.ts";

const windows = process.platform === "win32";
/** What an address of the kernel holds, its final NUL not counted. */
const longestPath = process.platform === "linux" ? 107 : 103;
/** A longer answer is not one of ours. */
const largestAnswer = 8 * 1024 * 1024;
const lineEnd = 10;
const pipeName = /^\\\\\.\\pipe\\clawdbot-[0-9a-f-]{36}$/;

export const systemControlSockets: ControlSockets = {
  async listen(path, limits, answer) {
    const connections = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      serve(socket, limits, answer);
      const [oldest] = connections;
      if (oldest !== undefined && connections.size >= limits.maxConnections) {
        // Its own event comes too late for the next connection.
        connections.delete(oldest);
        oldest.destroy();
      }
      connections.add(socket);
      socket.on("close", () => connections.delete(socket));
    });
    const remove = windows ? await bindPipe(server, path) : await bindSocket(server, path);
    return listenerOf(server, connections, remove);
  },

  request: (path, line, timeoutMs) => ask(windows ? pipeAt(path) : path, line, timeoutMs),
};

function serve(
  socket: Socket,
  limits: ControlLimits,
  answer: (line: string) => Promise<string>,
): void {
  const deadline = setTimeout(() => socket.destroy(), limits.deadlineMs);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let answered = false;
  socket.on("data", (chunk: Buffer) => {
    if (answered) return;
    const end = chunk.indexOf(lineEnd);
    const part = end < 0 ? chunk : chunk.subarray(0, end);
    bytes += part.length;
    if (bytes > limits.maxLineBytes) return void socket.destroy();
    chunks.push(part);
    if (end < 0) return;
    answered = true;
    void answer(Buffer.concat(chunks).toString("utf8")).then((text) => socket.end(`${text}\n`));
  });
  socket.on("end", () => {
    if (!answered) socket.destroy();
  });
  // What a client does to its own connection concerns only this one.
  socket.on("error", () => socket.destroy());
  socket.on("close", () => clearTimeout(deadline));
}

function listenerOf(
  server: Server,
  connections: ReadonlySet<Socket>,
  remove: () => void,
): ControlListener {
  return {
    async close() {
      remove();
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

/**
 * The socket is made in a directory that nobody else can enter and moved to its place with its mode:
 * there is no moment in which others could connect.
 */
async function bindSocket(server: Server, path: string): Promise<() => void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > longestPath) {
    throw new UserError(
      `Cannot listen at "${path}": the path has ${bytes} bytes, a socket's has at most ${longestPath}`,
      { hint: "Use a state directory with a shorter path: CLAWDBOT_STATE_DIR" },
    );
  }
  await refuseOther(path);
  // As long as the final name: a path that fits stays one that fits.
  const directory = mkdtempSync(`${dirname(path)}/.`);
  try {
    const first = `${directory}/s`;
    await listening(server, first);
    chmodSync(first, 0o600);
    renameSync(first, path);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const ours = facts(path);
  return () => {
    // Who took the place meanwhile keeps it.
    const now = facts(path);
    if (now?.ino === ours?.ino && now?.dev === ours?.dev) rmSync(path, { force: true });
  };
}

/** Only what a dead process left behind is replaced. */
async function refuseOther(path: string): Promise<void> {
  const there = facts(path);
  if (there === undefined) return;
  if (!there.isSocket()) {
    throw new UserError(`Cannot listen at "${path}": something else than a socket is there`, {
      hint: `Move it away: mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}`,
    });
  }
  if (await isServed(path)) {
    throw new UserError(`Cannot listen at "${path}": another process does`);
  }
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", (error) => resolve(codeOf(error) !== "ECONNREFUSED"));
  });
}

/** A pipe has no mode to rely on: its name is what only this user can read. */
async function bindPipe(server: Server, path: string): Promise<() => void> {
  if (facts(path)?.isFile() === false) {
    throw new UserError(`Cannot listen at "${path}": something else than a file is there`);
  }
  const name = `\\\\.\\pipe\\clawdbot-${crypto.randomUUID()}`;
  await listening(server, name);
  rmSync(path, { force: true });
  writeFileSync(path, name, { mode: 0o600, flag: "wx" });
  return () => rmSync(path, { force: true });
}

function pipeAt(path: string): string {
  const name = readFileSync(path, "utf8").trim();
  if (pipeName.test(name)) return name;
  throw new UserError(`Cannot use "${path}": it names no pipe of a node host`);
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      // An error of a single accept is no reason to end.
      server.on("error", () => {});
      resolve();
    });
  });
}

function ask(path: string, line: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error("no answer came in time")), timeoutMs);
    const chunks: Buffer[] = [];
    let bytes = 0;
    socket.on("connect", () => socket.write(`${line}\n`));
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > largestAnswer) return fail(new Error("the answer is too long"));
      chunks.push(chunk);
      if (!chunk.includes(lineEnd)) return;
      clearTimeout(timer);
      socket.destroy();
      const [first = ""] = Buffer.concat(chunks).toString("utf8").split("\n", 1);
      resolve(first);
    });
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("the connection ended without an answer")));
  });
}

function facts(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
