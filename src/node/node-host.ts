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

export interface NodeHostOptions extends Pick<
  ConnectionOptions,
  "route" | "credentials" | "connectParams" | "onState"
> {
  handlers(host: HandlerContext): Readonly<Record<string, InvokeHandler>>;
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

/** Events that are kept while there is no connection; beyond it the oldest go. */
const mostUnsent = 32;

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
  /** A session learns from these what became of its commands, also of those that ended meanwhile. */
  readonly #unsent: string[] = [];

  constructor(ports: ConnectionPorts, options: NodeHostOptions) {
    this.#ports = ports;
    this.#connection = new GatewayConnection(ports, {
      ...options,
      onState: (state) => {
        if (state.phase.name === "connected") {
          this.#hello = state.phase.hello;
          this.#beginListening();
          for (const frame of this.#unsent.splice(0)) this.#deliver(frame);
        } else this.#listening.abort();
        options.onState(state);
      },
      onEvent: (event, payload) => this.#onEvent(event, payload),
    });
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
        respond: (result) => this.#respond(result),
      },
      payload,
      controller.signal,
    );
    this.#invocations.set(invocation, { id: invokeIdOf(payload), controller });
    void invocation.finally(() => this.#invocations.delete(invocation));
  }

  #cancel(payload: unknown): void {
    const parsed = invokeCancel.safeParse(payload);
    if (!parsed.success) return;
    for (const { id, controller } of this.#invocations.values()) {
      if (id === parsed.data.invokeId) controller.abort();
    }
  }

  #respond(result: InvokeResult): void {
    const frame = encodeRequest(this.#ports.random.uuid(), invokeResultMethod, result);
    const { maxPayload } = this.#gateway();
    if (Buffer.byteLength(frame) > maxPayload) {
      const { id, nodeId } = result;
      const message = `the answer has ${Buffer.byteLength(frame)} bytes, the gateway takes at most ${maxPayload}`;
      return this.#deliver(
        encodeRequest(this.#ports.random.uuid(), invokeResultMethod, {
          id,
          nodeId,
          ok: false,
          error: { code: "UNAVAILABLE", message },
        }),
      );
    }
    this.#deliver(frame);
  }

  /** Events travel just ahead of the result; neither waits for the other's answer. */
  #sendEvent({ event, payload }: ExecEvent): void {
    const params = { event, payloadJSON: JSON.stringify(payload) };
    const frame = encodeRequest(this.#ports.random.uuid(), nodeEventMethod, params);
    if (this.#connection.send(frame)) return;
    this.#unsent.push(frame);
    this.#unsent.splice(0, this.#unsent.length - mostUnsent);
  }

  #deliver(frame: string): void {
    if (this.#connection.send(frame)) return;
    this.#ports.log.warn("an answer could not be delivered: the connection is gone");
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
  readonly id: string | undefined;
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
