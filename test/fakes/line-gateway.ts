// A gateway whose every connection is a script of its own, over a real socket: for what happens
// below the level of requests and answers. It counts how many connections there are at once.
import type { Server, ServerWebSocket } from "bun";

export interface Ended {
  readonly code: number;
  readonly reason: string;
}

interface Data {
  line: Line | undefined;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

/** One connection, as the gateway sees it. */
export class Line {
  /** Every frame that came in. */
  readonly received: any[] = [];
  /** Pings that came in; Bun answers them by itself. */
  pings = 0;
  readonly ended = Promise.withResolvers<Ended>();
  readonly #socket: ServerWebSocket<Data>;
  readonly #waiting = new Map<string, ((frame: any) => void)[]>();
  readonly #unread: any[] = [];

  constructor(socket: ServerWebSocket<Data>) {
    this.#socket = socket;
  }

  /** Sends a frame; a text goes as it is. */
  send(frame: unknown): void {
    this.#socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.sendBinary(bytes);
  }

  event(event: string, payload: unknown = {}): void {
    this.send({ type: "event", event, payload });
  }

  challenge(nonce: string = crypto.randomUUID(), ts = 1_795_000_000_000): void {
    this.event("connect.challenge", { nonce, ts });
  }

  answer({ id }: { id: string }, payload: unknown): void {
    this.send({ type: "res", id, ok: true, payload });
  }

  refuse({ id }: { id: string }, error: Refusal, closeCode = 1008): void {
    this.send({ type: "res", id, ok: false, error });
    this.close(closeCode, error.message);
  }

  /** Waits for the next request of a method. */
  request(method: string): Promise<any> {
    const index = this.#unread.findIndex((frame) => frame.method === method);
    if (index >= 0) return Promise.resolve(this.#unread.splice(index, 1)[0]);
    return new Promise((resolve) => {
      this.#waiting.set(method, [...(this.#waiting.get(method) ?? []), resolve]);
    });
  }

  /** The handshake of a gateway that has nothing against the client; gives the connect request. */
  async welcome(hello: object = {}): Promise<any> {
    this.challenge();
    const connect = await this.request("connect");
    this.answer(connect, { ...helloOk, ...hello });
    return connect;
  }

  close(code = 1000, reason = ""): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  take(text: string): void {
    const frame = JSON.parse(text);
    this.received.push(frame);
    const waiting = this.#waiting.get(frame.method)?.shift();
    if (waiting === undefined) this.#unread.push(frame);
    else waiting(frame);
  }
}

export const helloOk = {
  type: "hello-ok",
  protocol: 3,
  server: { version: "dev", host: "line", connId: "c-1" },
  features: { methods: [], events: [] },
  policy: { maxPayload: 524_288, maxBufferedBytes: 1_572_864, tickIntervalMs: 30_000 },
} as const;

interface LineGatewayOptions {
  readonly hostname?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export class LineGateway implements AsyncDisposable {
  readonly lines: Line[] = [];
  open = 0;
  mostAtOnce = 0;
  readonly #server: Server<Data>;
  readonly #secure: boolean;
  readonly #problems: unknown[] = [];

  /** The script is run for every connection; the second argument counts them from 1. */
  constructor(
    script: (line: Line, number: number) => unknown,
    { hostname = "127.0.0.1", tls }: LineGatewayOptions = {},
  ) {
    this.#secure = tls !== undefined;
    this.#server = Bun.serve<Data>({
      hostname,
      port: 0,
      ...(tls === undefined ? {} : { tls }),
      fetch: (request, server) =>
        server.upgrade(request, { data: { line: undefined } }) ? undefined : new Response("no"),
      websocket: {
        maxPayloadLength: 64 * 1024 * 1024,
        backpressureLimit: 256 * 1024 * 1024,
        open: (socket) => {
          const line = new Line(socket);
          socket.data.line = line;
          this.lines.push(line);
          this.open += 1;
          this.mostAtOnce = Math.max(this.mostAtOnce, this.open);
          Promise.resolve(script(line, this.lines.length)).catch((error: unknown) =>
            this.#problems.push(error),
          );
        },
        message: (socket, message) => socket.data.line?.take(String(message)),
        ping: (socket) => {
          if (socket.data.line !== undefined) socket.data.line.pings += 1;
        },
        close: (socket, code, reason) => {
          this.open -= 1;
          socket.data.line?.ended.resolve({ code, reason });
        },
      },
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  get url(): string {
    const host = this.#server.hostname ?? "";
    const shown = host.includes(":") ? `[${host}]` : host;
    return `${this.#secure ? "wss" : "ws"}://${shown}:${this.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
    if (this.#problems.length > 0) throw new AggregateError(this.#problems, "a script failed");
  }
}
