/** One authenticated connection to a gateway: performs what the state machine decides. */
import { assertNever } from "../lib/errors.ts";
import type { Cancel, Clock, Log, Random, Socket, SocketFactory } from "../platform/ports.ts";
import {
  type ConnectParams,
  challengeEvent,
  challengePayload,
  helloOk,
} from "../protocol/connect.ts";
import {
  type EventFrame,
  type ResponseFrame,
  encodeRequest,
  parseFrame,
} from "../protocol/frame.ts";
import { gatewayEvents } from "../protocol/gateway-errors.ts";
import { clientMaxFrameBytes } from "../protocol/limits.ts";
import {
  type ConnectionState,
  type CredentialChoice,
  type Effect,
  type Input,
  type TimerId,
  initialState,
} from "./connection-state.ts";
import { step } from "./connection-machine.ts";
import { type Handshake } from "./connect-request.ts";
import { type Credentials, type Offer, offer } from "./credentials.ts";
import { type Failure, failureOfRefusal, failureOfSocket, failureOfThrown } from "./failure.ts";
import { PendingRequests } from "./pending-requests.ts";
import type { Route } from "./route.ts";
import { NoAnswerError } from "./rpc-error.ts";

export interface ConnectionPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: SocketFactory;
  readonly log: Log;
}

export interface ConnectionOptions {
  /** Where and how to connect; read for every attempt. A UserError becomes the attempt's failure. */
  route(): Route;
  /** Read for every attempt, so that a rotated token needs no restart. */
  credentials(): Credentials;
  connectParams(handshake: Handshake): ConnectParams;
  onState(state: ConnectionState): void;
  onEvent(event: string, payload: unknown): void;
}

const defaultRequestMs = 10_000;

export class GatewayConnection {
  readonly #ports: ConnectionPorts;
  readonly #options: ConnectionOptions;
  readonly #pending: PendingRequests;
  readonly #timers = new Map<TimerId, Cancel>();
  readonly #stopped = Promise.withResolvers<void>();
  #state = initialState;
  #socket: Socket | undefined;
  #connectId: string | undefined;
  #offer: Offer = offer({}, "first");
  #lastTextAt = { wall: 0, monotonic: 0 };
  #pingUnanswered = false;

  constructor(ports: ConnectionPorts, options: ConnectionOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#pending = new PendingRequests(ports.clock);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  start(): void {
    this.#feed({ type: "start" });
  }

  /** Ends the connection and makes it anew at once, with a new introduction. */
  renew(): void {
    this.#feed({ type: "renew" });
  }

  /** Closes the connection for good; settles when the socket is gone. */
  stop(): Promise<void> {
    this.#feed({ type: "stop" });
    return this.#stopped.promise;
  }

  /** Sends a request and waits for its answer. Throws RpcError or NoAnswerError. */
  request(method: string, params: unknown, timeoutMs = defaultRequestMs): Promise<unknown> {
    const id = this.#ports.random.uuid();
    return this.exchange({ id, method, text: encodeRequest(id, method, params) }, timeoutMs);
  }

  /** Sends a request that is encoded already; settles as `request` does. */
  exchange(
    { id, method, text }: { readonly id: string; readonly method: string; readonly text: string },
    timeoutMs = defaultRequestMs,
  ): Promise<unknown> {
    if (!this.send(text)) {
      return Promise.reject(new NoAnswerError(method, "closed", "not connected"));
    }
    return this.#pending.add(id, method, timeoutMs);
  }

  /** Sends text as it is; false when there is no connection that takes it. */
  send(text: string): boolean {
    if (this.#state.phase.name !== "connected") return false;
    return this.#socket?.send(text) ?? false;
  }

  #feed(input: Input): void {
    const before = this.#state;
    const { state, effects } = step(before, input, this.#ports.random.unit());
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (state.phase === before.phase) return;
    if (before.phase.name === "connected") this.#pending.closeAll("the connection closed");
    this.#options.onState(state);
    if (state.phase.name === "stopped") this.#stopped.resolve();
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "dial":
        return this.#dial(effect.credential);
      case "send-connect":
        return this.#sendConnect(effect);
      case "ping":
        this.#pingUnanswered = true;
        return this.#socket?.ping();
      case "close":
        return this.#socket?.close(effect.code, effect.reason);
      case "terminate":
        return this.#socket?.terminate();
      case "set-timer":
        return this.#setTimer(effect.id, effect.ms);
      case "clear-timers":
        for (const cancel of this.#timers.values()) cancel();
        return this.#timers.clear();
      default:
        return assertNever(effect);
    }
  }

  #setTimer(id: TimerId, ms: number): void {
    this.#timers.get(id)?.();
    const cancel = this.#ports.clock.after(ms, () => {
      this.#timers.delete(id);
      this.#feed(id === "liveness" ? this.#livenessInput() : { type: "timer", id });
    });
    this.#timers.set(id, cancel);
  }

  /** Silence on both clocks: after a suspend only the wall clock tells how long it was. */
  #livenessInput(): Input {
    const { clock } = this.#ports;
    const quietMs = Math.max(
      clock.now() - this.#lastTextAt.wall,
      clock.monotonic() - this.#lastTextAt.monotonic,
    );
    return { type: "liveness", quietMs, pingUnanswered: this.#pingUnanswered };
  }

  #dial(credential: CredentialChoice): void {
    try {
      const route = this.#options.route();
      this.#offer = offer(this.#options.credentials(), credential);
      const socket = this.#ports.sockets.open(route, clientMaxFrameBytes, {
        onOpen: () => this.#feed({ type: "opened" }),
        onText: (text) => this.#onText(text),
        onActivity: () => {
          this.#pingUnanswered = false;
        },
        onError: (error) =>
          this.#feed({
            type: "failed",
            failure: failureOfSocket(error, route.proxy !== undefined),
            socketLeft: true,
          }),
        onClose: (code, reason) => {
          this.#socket = undefined;
          this.#feed({ type: "closed", code, reason });
        },
      });
      this.#socket = socket;
    } catch (thrown) {
      // The dial never began; this is reported when the current step has been completed.
      const failure = failureOfThrown(thrown);
      queueMicrotask(() => this.#feed({ type: "failed", failure, socketLeft: false }));
    }
  }

  #sendConnect({ nonce, ts, signature }: Extract<Effect, { type: "send-connect" }>): void {
    const { token, password, bootstrapToken, source } = this.#offer;
    const params = this.#options.connectParams({
      nonce,
      // The gateway's own time makes the signature immune to a wrong clock on this machine.
      signedAtMs: Math.trunc(ts ?? this.#ports.clock.now()),
      signature,
      token,
      password,
      bootstrapToken,
    });
    this.#connectId = this.#ports.random.uuid();
    this.#ports.log.debug("connect request sent", { credential: source });
    this.#socket?.send(encodeRequest(this.#connectId, "connect", params));
  }

  #onText(text: string): void {
    this.#lastTextAt = { wall: this.#ports.clock.now(), monotonic: this.#ports.clock.monotonic() };
    this.#pingUnanswered = false;
    const parsed = parseFrame(text);
    if (parsed.kind !== "frame") {
      return this.#ports.log.debug("ignored a text that is no frame", { bytes: text.length });
    }
    const { frame } = parsed;
    if (frame.type === "event") return this.#onEvent(frame);
    if (frame.type === "res") return this.#onResponse(frame);
    this.#ports.log.debug("ignored a request from the gateway", { bytes: text.length });
  }

  #onEvent(frame: EventFrame): void {
    if (frame.event === challengeEvent) {
      const challenge = challengePayload.safeParse(frame.payload);
      if (!challenge.success) return;
      return this.#feed({ type: "challenge", nonce: challenge.data.nonce, ts: challenge.data.ts });
    }
    if (this.#state.phase.name !== "connected" || frame.event === gatewayEvents.tick) return;
    if (frame.event === gatewayEvents.shutdown) this.#feed({ type: "shutdown" });
    this.#options.onEvent(frame.event, frame.payload);
  }

  #onResponse(frame: ResponseFrame): void {
    if (frame.id !== this.#connectId) {
      this.#pending.settle(frame);
      return;
    }
    this.#connectId = undefined;
    if (!frame.ok) {
      const error = frame.error ?? { code: "", message: "connect refused" };
      const failure = failureOfRefusal(error, this.#offer);
      return this.#feed({ type: "refused", failure, anotherCredential: this.#offer.another });
    }
    const hello = helloOk.safeParse(frame.payload);
    if (hello.success) return this.#feed({ type: "accepted", hello: hello.data });
    const failure: Failure = { kind: "protocol", message: "the gateway's hello cannot be read" };
    this.#feed({ type: "refused", failure, anotherCredential: false });
  }
}
