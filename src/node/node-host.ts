/** The node host: one connection, its invocations, and an orderly end. */
import * as z from "zod/mini";

import {
  type ConnectionOptions,
  type ConnectionPorts,
  GatewayConnection,
} from "../client/connection.ts";
import type { Endable } from "../exec/running-command.ts";
import type { HelloOk } from "../protocol/connect.ts";
import { encodeRequest } from "../protocol/frame.ts";
import { type Generation, generationOf, vouchesForApprovals } from "../protocol/generation.ts";
import { clientMaxFrameBytes, gatewayMaxFrameBytes } from "../protocol/limits.ts";
import {
  type InvokeResult,
  invokeCancel,
  invokeCancelEvent,
  invokeRequest,
  invokeRequestEvent,
  invokeResultMethod,
  nodeEventMethod,
} from "../protocol/node-invoke.ts";
import type { ExecEvent } from "../protocol/system-run.ts";
import { dispatch } from "./dispatch.ts";
import type { InvokeHandler } from "./invoke.ts";
import { type Letter, type LetterEnd, Outbox } from "./outbox.ts";

export interface NodeHostOptions extends Pick<
  ConnectionOptions,
  "route" | "credentials" | "connectParams" | "onState"
> {
  handlers(host: HandlerContext): Readonly<Record<string, InvokeHandler>>;
  /** Hears every event beside the host itself, invocations included. */
  onEvent?(event: string, payload: unknown): void;
  /** What an earlier host could not deliver; it goes first. */
  readonly backlog?: readonly Undelivered[];
  /** Called once for every answer to an invocation. */
  onAnswered?(invokeId: string, end: AnswerEnd): void;
}

/** `withdrawn`: the gateway took the request back, and nothing was answered. */
export type AnswerEnd = LetterEnd | "withdrawn";

export interface Undelivered {
  readonly event: ExecEvent;
  readonly result: InvokeResult;
}

/** What handlers need of the host. */
export interface HandlerContext {
  readonly running: Set<Endable>;
  readonly sendEvent: (event: ExecEvent) => void;
  readonly gateway: () => GatewayFacts;
  /** Asks the gateway something; rejects where it does not answer in time. */
  readonly request: (method: string, params: unknown, timeoutMs: number) => Promise<unknown>;
  /** Aborted when nobody would hear a result any more: the connection is lost, or the host stops. */
  readonly listening: () => AbortSignal;
}

export interface GatewayFacts extends Omit<Generation, "operatorTool"> {
  readonly maxPayload: number;
  readonly vouchesForApprovals: boolean;
}

/** A gateway that names less than this could not carry any result. */
const smallestPayload = 16_384;

/** How long a gateway may take to say that it has an answer. */
const takenMs = 30_000;

/** And how long the host waits for that before it ends: what is not taken by then is sent again. */
const lastWordsMs = 1000;

export class NodeHost {
  readonly #ports: ConnectionPorts;
  readonly #connection: GatewayConnection;
  readonly #handlers: Readonly<Record<string, InvokeHandler>>;
  readonly #running = new Set<Endable>();
  /** Requests under way, and how each is taken back. */
  readonly #invocations = new Map<Promise<void>, RunningInvocation>();
  /** Of the newest connection: what ends after it is answered by the same rules. */
  #hello: HelloOk | undefined;
  #draining = false;
  /** Of the connection at hand; without one it is aborted. */
  #listening = new AbortController();
  readonly #outbox: Outbox;
  readonly #onAnswered: (invokeId: string, end: AnswerEnd) => void;

  constructor(ports: ConnectionPorts, options: NodeHostOptions) {
    this.#ports = ports;
    this.#onAnswered = (id, end) => options.onAnswered?.(id, end);
    this.#connection = new GatewayConnection(ports, {
      ...options,
      onState: (state) => {
        if (state.phase.name === "connected") {
          this.#hello = state.phase.hello;
          this.#beginListening();
          this.#outbox.connected();
        } else this.#listening.abort();
        options.onState(state);
      },
      onEvent: (event, payload) => {
        options.onEvent?.(event, payload);
        this.#onEvent(event, payload);
      },
    });
    this.#outbox = new Outbox({
      clock: ports.clock,
      log: ports.log,
      send: (letter) => this.#connection.exchange(this.#fitting(letter), takenMs),
      onEnd: (invoke, end) => this.#onAnswered(invoke, end),
    });
    for (const { event, result } of options.backlog ?? []) {
      this.#outbox.keep(this.#eventLetter(event));
      this.#outbox.keep(this.#resultLetter(result));
    }
    this.#handlers = options.handlers({
      running: this.#running,
      sendEvent: (event) => this.#sendEvent(event),
      gateway: () => this.#gateway(),
      request: (method, params, timeoutMs) => this.#connection.request(method, params, timeoutMs),
      listening: () => this.#listening.signal,
    });
  }

  start(): void {
    this.#connection.start();
  }

  /** Asks the gateway. Throws RpcError or NoAnswerError. */
  request(method: string, params: unknown): Promise<unknown> {
    return this.#connection.request(method, params);
  }

  /** Connects anew, so that the gateway looks again at what this node may. */
  renew(): void {
    this.#connection.renew();
  }

  /** Commands under way. */
  get runningCount(): number {
    return this.#running.size;
  }

  /**
   * Takes no more requests, lets commands finish for up to `timeoutMs`, ends the rest, delivers
   * their results and closes the connection.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    this.#listening.abort();
    const limit = this.#ports.clock.after(timeoutMs, () => {
      for (const command of this.#running) command.terminate();
    });
    await Promise.all(this.#invocations.keys());
    limit();
    if (this.#connection.state.phase.name === "connected") await this.#outbox.settled(lastWordsMs);
    await this.#connection.stop();
  }

  /** Ends every command with its tree, at once. */
  killAll(): void {
    for (const command of this.#running) command.kill();
  }

  #beginListening(): void {
    if (this.#draining || !this.#listening.signal.aborted) return;
    this.#listening = new AbortController();
  }

  #onEvent(event: string, payload: unknown): void {
    if (event === invokeCancelEvent) return this.#cancel(payload);
    if (event !== invokeRequestEvent) return;
    const controller = new AbortController();
    const invocation = dispatch(
      {
        handlers: this.#draining ? refuseAll(this.#handlers) : this.#handlers,
        log: this.#ports.log,
        respond: (result) => this.#outbox.put(this.#resultLetter(result)),
        withdrawn: (id) => this.#onAnswered(id, "withdrawn"),
      },
      payload,
      controller.signal,
    );
    this.#invocations.set(invocation, { payload, controller });
    void invocation.finally(() => this.#invocations.delete(invocation));
  }

  #cancel(payload: unknown): void {
    const parsed = invokeCancel.safeParse(payload);
    if (!parsed.success) return;
    for (const { payload: request, controller } of this.#invocations.values()) {
      if (invokeIdOf(request) === parsed.data.invokeId) controller.abort();
    }
  }

  /** Events travel just ahead of the result; neither waits for the other's answer. */
  #sendEvent(event: ExecEvent): void {
    this.#outbox.put(this.#eventLetter(event));
  }

  #resultLetter(result: InvokeResult): Letter {
    return {
      ...this.#letter(invokeResultMethod, result),
      invoke: result.id,
      nodeId: result.nodeId,
    };
  }

  #eventLetter({ event, payload }: ExecEvent): Letter {
    return this.#letter(nodeEventMethod, { event, payloadJSON: JSON.stringify(payload) });
  }

  #letter(method: string, params: unknown): Letter {
    const id = this.#ports.random.uuid();
    return { id, method, text: encodeRequest(id, method, params) };
  }

  /** A result that this gateway would not take becomes one that says so. */
  #fitting(letter: Letter): Letter {
    const { id, method, text, invoke, nodeId } = letter;
    const bytes = Buffer.byteLength(text);
    const { maxPayload } = this.#gateway();
    if (bytes <= maxPayload || invoke === undefined) return letter;
    const message = `the answer has ${bytes} bytes, the gateway takes at most ${maxPayload}`;
    const error = { code: "UNAVAILABLE", message };
    const params = { id: invoke, nodeId, ok: false, error };
    return { id, method, text: encodeRequest(id, method, params) };
  }

  #gateway(): GatewayFacts {
    const limit = this.#hello?.policy?.maxPayload ?? gatewayMaxFrameBytes;
    return {
      maxPayload: Math.min(Math.max(limit, smallestPayload), clientMaxFrameBytes),
      ...generationOf(this.#hello),
      vouchesForApprovals: vouchesForApprovals(this.#hello),
    };
  }
}

interface RunningInvocation {
  /** As it came. */
  readonly payload: unknown;
  readonly controller: AbortController;
}

const invokeId = z.pick(invokeRequest, { id: true });

function invokeIdOf(payload: unknown): string | undefined {
  const parsed = invokeId.safeParse(payload);
  return parsed.success ? parsed.data.id : undefined;
}

/** While draining every known command is answered at once. */
function refuseAll(
  handlers: Readonly<Record<string, InvokeHandler>>,
): Record<string, InvokeHandler> {
  const refuse: InvokeHandler = () => ({
    ok: false,
    code: "UNAVAILABLE",
    message: "the node host is stopping",
  });
  return Object.fromEntries(Object.keys(handlers).map((name) => [name, refuse]));
}
