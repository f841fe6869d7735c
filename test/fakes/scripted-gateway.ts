// A gateway that says what a test wants it to say, over a real socket: for answers that a correct
// gateway never gives. Everything else is tested against the embedded one.
import { systemWebSocketServer } from "../../src/platform/websocket-server.ts";

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

export type Scripted =
  | { readonly payload: unknown }
  | { readonly error: Refusal }
  /** Raw text instead of a response. */
  | { readonly text: string }
  | "silence"
  | "close";

export interface Call {
  readonly method: string;
  readonly params: any;
}

export interface Script {
  /** Answer to `connect`; by default hello-ok. */
  readonly connect?: Scripted;
  readonly protocol?: number;
  readonly maxPayload?: number;
  /** Answers by method; what is missing here is an unknown method. */
  readonly answers?: Readonly<Record<string, Scripted | ((params: any) => Scripted)>>;
}

export interface ScriptedGateway extends AsyncDisposable {
  readonly url: string;
  /** Every request after the handshake, in order. */
  readonly calls: readonly Call[];
  /** Parameters of every connect request. */
  readonly connects: readonly any[];
}

export function scriptedGateway(script: Script = {}): ScriptedGateway {
  const calls: Call[] = [];
  const connects: any[] = [];
  const listener = systemWebSocketServer.listen(
    { hostname: "127.0.0.1", port: 0, maxFrameBytes: 26_214_400 },
    {
      onOpen(socket) {
        const payload = { nonce: crypto.randomUUID(), ts: Date.now() };
        socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload }));
      },
      onText(socket, text) {
        const { id, method, params } = JSON.parse(text) as Call & { id: string };
        if (method === "connect") connects.push(params);
        else calls.push({ method, params });
        const answer = answerTo(script, method, params);
        if (answer === "silence") return;
        if (answer === "close") return socket.close(1012, "service restart");
        if ("text" in answer) return void socket.send(answer.text);
        const frame =
          "error" in answer
            ? { type: "res", id, ok: false, error: answer.error }
            : { type: "res", id, ok: true, payload: answer.payload };
        socket.send(JSON.stringify(frame));
        if ("error" in answer && method === "connect") socket.close(1008, answer.error.message);
      },
      onActivity: () => {},
      onClose: () => {},
    },
  );
  return {
    url: `ws://127.0.0.1:${listener.port}`,
    calls,
    connects,
    [Symbol.asyncDispose]: () => listener.stop(),
  };
}

function answerTo(script: Script, method: string, params: any): Scripted {
  if (method === "connect") return script.connect ?? { payload: hello(script) };
  const answer = script.answers?.[method];
  if (answer === undefined) {
    return { error: { code: "INVALID_REQUEST", message: `unknown method: ${method}` } };
  }
  return typeof answer === "function" ? answer(params) : answer;
}

function hello({ protocol = 3, maxPayload = 524_288 }: Script): unknown {
  return {
    type: "hello-ok",
    protocol,
    server: { version: "dev", host: "scripted", connId: "c-1" },
    features: { methods: [], events: [] },
    policy: { maxPayload, maxBufferedBytes: 1_572_864, tickIntervalMs: 30_000 },
  };
}

/** The answer of a gateway whose node answered. */
export function nodeAnswered(payload: unknown): Scripted {
  return { payload: { ok: true, payload, payloadJSON: JSON.stringify(payload) } };
}

/** The answer of a gateway whose node refused. */
export function nodeRefused(message: string, code = "UNAVAILABLE"): Scripted {
  return { error: { code: "UNAVAILABLE", message, details: { nodeError: { code, message } } } };
}
