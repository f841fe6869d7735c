// A TCP server that says what a test wants, byte by byte: half frames, wrong frames, no frames.
import { createHash } from "node:crypto";
import { type Server, type Socket, createServer } from "node:net";

export class RawServer implements AsyncDisposable {
  readonly sockets: Socket[] = [];
  /** Bytes that all clients sent. */
  received = 0;
  readonly #server: Server;

  private constructor(handle: (socket: Socket) => unknown) {
    this.#server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on("error", () => {});
      socket.on("data", (data) => (this.received += data.length));
      handle(socket);
    });
  }

  static async start(handle: (socket: Socket) => unknown): Promise<RawServer> {
    const server = new RawServer(handle);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The head of an HTTP message as soon as it has come. */
export function head(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const read = (data: Buffer): void => {
      text += data.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      socket.off("data", read);
      resolve(text);
    };
    socket.on("data", read);
  });
}

/** Answers the upgrade as a WebSocket server does. */
export async function upgrade(socket: Socket): Promise<void> {
  const key = /^sec-websocket-key: *(\S+)/im.exec(await head(socket))?.[1] ?? "";
  const accept = createHash("sha1")
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

export const text = 0x81;

/** A frame of a server, unmasked; `declared` may lie about its length. */
export function frame(first: number, payload: string | Uint8Array, declared?: number): Buffer {
  const body = Buffer.from(payload as string);
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(declared ?? body.length), 2);
  return Buffer.concat([header, body]);
}

/** The short form, which control frames need. */
export function shortFrame(first: number, payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload as string);
  return Buffer.concat([Buffer.from([first, body.length]), body]);
}
