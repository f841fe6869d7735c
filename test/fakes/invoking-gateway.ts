// A gateway that lets one node in, asks it for commands, and keeps every frame as it came.
import type { ServerSocket } from "../../src/platform/ports.ts";
import { systemWebSocketServer } from "../../src/platform/websocket-server.ts";

export interface InvokingOptions {
  readonly protocol?: number;
  readonly version?: string;
  readonly maxPayload?: number;
  readonly deviceToken?: string;
  /** The answer to `connect` instead of hello-ok. */
  readonly refusal?: {
    readonly code: string;
    readonly message: string;
    readonly details?: unknown;
  };
  readonly tickIntervalMs?: number;
  /** Payloads of answers by method; `undefined` for a method: it is never answered. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** Requests that are refused, by method. */
  readonly refuses?: Readonly<Record<string, { readonly code: string; readonly message: string }>>;
  /** Takes frames and never answers them. */
  readonly deaf?: boolean;
}

export interface NodeFrame {
  readonly method: string;
  readonly params: any;
  readonly text: string;
}

export interface Answer {
  readonly result: any;
  /** The parsed payload of a success. */
  readonly payload: any;
  /** The events for the same connection that came since the request, in order. */
  readonly events: readonly { readonly event: string; readonly payload: any }[];
  /** Methods of the last two frames: what stood directly ahead of the result. */
  readonly lastTwo: readonly string[];
}

const patienceMs = 15_000;

export class InvokingGateway implements AsyncDisposable {
  readonly connects: any[] = [];
  /** Everything after the handshake, in the order of the line. */
  readonly frames: NodeFrame[] = [];
  readonly closes: number[] = [];
  options: InvokingOptions;
  readonly #listener;
  #node: ServerSocket | undefined;
  #waiting: (() => void)[] = [];
  #ids = 0;

  constructor(options: InvokingOptions = {}) {
    this.options = options;
    this.#listener = systemWebSocketServer.listen(
      { hostname: "127.0.0.1", port: 0, maxFrameBytes: 26_214_400 },
      {
        onOpen(socket) {
          const payload = { nonce: crypto.randomUUID(), ts: Date.now() };
          socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload }));
        },
        onText: (socket, text) => this.#take(socket, text),
        onActivity: () => {},
        onClose: (socket, code) => {
          if (this.#node === socket) this.#node = undefined;
          this.closes.push(code);
          this.#wake();
        },
      },
    );
  }

  get port(): number {
    return this.#listener.port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get connected(): boolean {
    return this.#node !== undefined;
  }

  /** Waits until something about this gateway is true. */
  async until(condition: () => boolean, what = String(condition)): Promise<void> {
    const timeout = setTimeout(() => this.#wake(), patienceMs);
    const end = Date.now() + patienceMs;
    while (!condition()) {
      if (Date.now() >= end) throw new Error(`in vain: ${what}`);
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
    clearTimeout(timeout);
  }

  /** Sends any text to the node. */
  say(text: string): void {
    this.#node?.send(text);
  }

  /** Sends an invoke request with this payload. */
  send(payload: Record<string, unknown>): void {
    this.say(JSON.stringify({ type: "event", event: "node.invoke.request", payload }));
  }

  /** Drops the node without a word. */
  drop(): void {
    this.#node?.terminate();
  }

  close(code: number, reason: string): void {
    this.#node?.close(code, reason);
  }

  async invoke(command: string, params: unknown): Promise<Answer> {
    return this.answerTo({ command, paramsJSON: JSON.stringify(params) });
  }

  run(params: Record<string, unknown>): Promise<Answer> {
    return this.invoke("system.run", params);
  }

  /** Sends a request, whatever else is in it; gives the one answer to it. */
  async answerTo(request: Record<string, unknown>): Promise<Answer> {
    const id = request["id"] ?? `invoke-${(this.#ids += 1)}`;
    const from = this.frames.length;
    this.send({ nodeId: "the-node", ...request, id });
    const isResult = ({ method, params }: NodeFrame): boolean =>
      method === "node.invoke.result" && params.id === id;
    await this.until(
      () => this.frames.slice(from).some(isResult),
      `an answer to ${String(request["command"])}`,
    );
    const since = this.frames.slice(from);
    const index = since.findIndex(isResult);
    const result = since[index]?.params;
    return {
      result,
      payload: result.ok === true ? JSON.parse(result.payloadJSON) : undefined,
      events: since
        .filter(({ method }) => method === "node.event")
        .map(({ params }) => ({ event: params.event, payload: JSON.parse(params.payloadJSON) })),
      lastTwo: since.slice(Math.max(0, index - 1), index + 1).map(({ method }) => method),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#node?.terminate();
    await this.#listener.stop();
  }

  #take(socket: ServerSocket, text: string): void {
    const { id, method, params } = JSON.parse(text);
    if (method === "connect") return this.#connect(socket, id, params);
    this.frames.push({ method, params, text });
    const error = this.options.refuses?.[method];
    const { answers = {} } = this.options;
    const payload = method in answers ? answers[method] : { ok: true };
    const answer = error === undefined ? { ok: true, payload } : { ok: false, error };
    const silent = this.options.deaf === true || (error === undefined && payload === undefined);
    if (!silent) {
      socket.send(JSON.stringify({ type: "res", id, ...answer }));
    }
    this.#wake();
  }

  #connect(socket: ServerSocket, id: string, params: any): void {
    this.connects.push(params);
    const { refusal } = this.options;
    if (refusal !== undefined) {
      socket.send(JSON.stringify({ type: "res", id, ok: false, error: refusal }));
      socket.close(1008, refusal.message);
      return this.#wake();
    }
    this.#node = socket;
    socket.send(JSON.stringify({ type: "res", id, ok: true, payload: hello(this.options) }));
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function hello(options: InvokingOptions): unknown {
  const { protocol = 3, version = "dev", maxPayload = 524_288, tickIntervalMs = 30_000 } = options;
  return {
    type: "hello-ok",
    protocol,
    server: { version, host: "invoking", connId: "c-1" },
    features: { methods: [], events: [] },
    ...(options.deviceToken === undefined
      ? {}
      : { auth: { deviceToken: options.deviceToken, role: "node", scopes: [], issuedAtMs: 1 } }),
    policy: { maxPayload, maxBufferedBytes: 1_572_864, tickIntervalMs },
  };
}
