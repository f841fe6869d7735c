/** The node host: one connection, its invocations, and an orderly end. */
import {
  type ConnectionOptions,
  type ConnectionPorts,
  GatewayConnection,
} from "../client/connection.ts";
import type { RunningCommand } from "../exec/running-command.ts";
import type { HelloOk } from "../protocol/connect.ts";
import { encodeRequest } from "../protocol/frame.ts";
import { generationOf, vouchesForApprovals } from "../protocol/generation.ts";
import { clientMaxFrameBytes, gatewayMaxFrameBytes } from "../protocol/limits.ts";
import {
  type InvokeErrorCode,
  type InvokeResult,
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
  /** What an earlier host could not deliver; it goes first. */
  readonly backlog?: readonly Undelivered[];
  /** Called once for every answer to an invocation. */
  onAnswered?(invokeId: string, end: LetterEnd): void;
}

export interface Undelivered {
  readonly event: ExecEvent;
  readonly result: InvokeResult;
}

/** What handlers need of the host. */
export interface HandlerContext {
  readonly running: Set<RunningCommand>;
  readonly sendEvent: (event: ExecEvent) => void;
  readonly gateway: () => GatewayFacts;
}

export interface GatewayFacts {
  readonly maxPayload: number;
  readonly denialCode: InvokeErrorCode;
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
  readonly #running = new Set<RunningCommand>();
  readonly #invocations = new Set<Promise<void>>();
  /** Of the newest connection: what ends after it is answered by the same rules. */
  #hello: HelloOk | undefined;
  #draining = false;
  readonly #outbox: Outbox;

  constructor(ports: ConnectionPorts, options: NodeHostOptions) {
    this.#ports = ports;
    this.#connection = new GatewayConnection(ports, {
      ...options,
      onState: (state) => {
        if (state.phase.name === "connected") {
          this.#hello = state.phase.hello;
          this.#outbox.connected();
        }
        options.onState(state);
      },
      onEvent: (event, payload) => this.#onEvent(event, payload),
    });
    this.#outbox = new Outbox({
      clock: ports.clock,
      log: ports.log,
      send: (letter) => this.#connection.exchange(this.#fitting(letter), takenMs),
      onEnd: (invoke, end) => options.onAnswered?.(invoke, end),
    });
    for (const { event, result } of options.backlog ?? []) {
      this.#outbox.keep(this.#eventLetter(event));
      this.#outbox.keep(this.#resultLetter(result));
    }
    this.#handlers = options.handlers({
      running: this.#running,
      sendEvent: (event) => this.#sendEvent(event),
      gateway: () => this.#gateway(),
    });
  }

  start(): void {
    this.#connection.start();
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
    const limit = this.#ports.clock.after(timeoutMs, () => {
      for (const command of this.#running) command.terminate();
    });
    await Promise.all(this.#invocations);
    limit();
    if (this.#connection.state.phase.name === "connected") await this.#outbox.settled(lastWordsMs);
    await this.#connection.stop();
  }

  /** Ends every command with its tree, at once. */
  killAll(): void {
    for (const command of this.#running) command.kill();
  }

  #onEvent(event: string, payload: unknown): void {
    if (event !== invokeRequestEvent) return;
    const invocation = dispatch(
      {
        handlers: this.#draining ? refuseAll(this.#handlers) : this.#handlers,
        log: this.#ports.log,
        respond: (result) => this.#outbox.put(this.#resultLetter(result)),
      },
      payload,
    );
    this.#invocations.add(invocation);
    void invocation.finally(() => this.#invocations.delete(invocation));
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
      denialCode: generationOf(this.#hello).denialCode,
      vouchesForApprovals: vouchesForApprovals(this.#hello),
    };
  }
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
