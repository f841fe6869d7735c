/** Keeps what the running host says about itself when it is asked on its own machine. */
import type { ConnectionState, Phase } from "../client/connection-state.ts";
import type { Failure } from "../client/failure.ts";
import { exitCodeOf, hintOf } from "../client/remedy.ts";
import { printable, shellQuote } from "../lib/display-text.ts";
import type { Clock } from "../platform/ports.ts";
import type { HostStatus, LastError } from "../protocol/host-status.ts";

type Connection = HostStatus["connection"];

/** What the host knows besides its connection, asked for each time. */
export interface HostFacts extends Pick<
  HostStatus,
  "pid" | "version" | "commit" | "deviceId" | "nodeId" | "displayName" | "limits" | "path"
> {
  url(): string;
  /** Without what looks like a secret. */
  redact(text: string): string;
  /** A token or password is offered. */
  secretGiven(): boolean;
  policy(): HostStatus["policy"];
  runs(): HostStatus["runs"];
  memoryBytes(): number;
  /** The commands of a connected node that wait for an operator. */
  commandsWaiting(): { readonly requestId: string | undefined } | undefined;
}

export class HostStatusBook {
  readonly #clock: Clock;
  readonly #facts: HostFacts;
  readonly #startedAtMs: number;
  #phase: Phase = { name: "idle" };
  #state: Connection["state"] = "connecting";
  #sinceMs: number;
  #failures = 0;
  #retryAtMs: number | undefined;
  #failure: Failure | undefined;
  #lastError: LastError | null = null;
  #clockSkewMs: number | undefined;

  constructor(clock: Clock, facts: HostFacts) {
    this.#clock = clock;
    this.#facts = facts;
    this.#startedAtMs = clock.now();
    this.#sinceMs = this.#startedAtMs;
  }

  show({ phase, failures }: ConnectionState): void {
    this.#phase = phase;
    this.#failures = failures;
    const failure = failureIn(phase);
    if (failure !== undefined) this.#note(failure);
    this.#retryAtMs = phase.name === "waiting" ? this.#clock.now() + phase.delayMs : undefined;
    if (phase.name === "connected") this.#failure = undefined;
    this.#enter(this.#stateOf(phase));
  }

  /** The gateway has just said what time it is. */
  heardTime(gatewayMs: number): void {
    this.#clockSkewMs = this.#clock.now() - gatewayMs;
  }

  status(): HostStatus {
    const { pid, version, commit, deviceId, nodeId, displayName, limits, path } = this.#facts;
    return {
      pid,
      version,
      commit,
      deviceId,
      nodeId,
      displayName,
      path,
      ts: this.#clock.now(),
      startedAtMs: this.#startedAtMs,
      connection: {
        state: this.#state,
        sinceMs: this.#sinceMs,
        url: this.#url(),
        failures: this.#failures,
        ...(this.#retryAtMs === undefined ? {} : { retryAtMs: this.#retryAtMs }),
        ...(this.#clockSkewMs === undefined ? {} : { clockSkewMs: this.#clockSkewMs }),
      },
      gateway: this.#gateway(),
      pairing: this.#pairing(),
      lastError: this.#lastError,
      policy: this.#facts.policy(),
      runs: this.#facts.runs(),
      limits,
      memoryBytes: this.#facts.memoryBytes(),
    };
  }

  #stateOf({ name }: Phase): Connection["state"] {
    if (name === "connected") return "connected";
    if (name === "stopped" || this.#state === "stopping") return "stopping";
    return this.#failure === undefined ? "connecting" : "retrying";
  }

  #enter(state: Connection["state"]): void {
    // From the first failure on, retrying goes on from when it was lost or begun.
    const both = [this.#state, state];
    if (state !== this.#state && !(both.includes("connecting") && both.includes("retrying"))) {
      this.#sinceMs = this.#clock.now();
    }
    this.#state = state;
  }

  #note(failure: Failure): void {
    this.#failure = failure;
    const hint = hintOf(failure, this.#facts.secretGiven());
    this.#lastError = {
      kind: failure.kind,
      message: this.#facts.redact(failure.message),
      ...(hint === undefined ? {} : { hint }),
      atMs: this.#clock.now(),
      exitCode: exitCodeOf(failure),
    };
  }

  #url(): string {
    return this.#facts.redact(this.#facts.url());
  }

  #gateway(): HostStatus["gateway"] {
    if (this.#phase.name !== "connected") return null;
    const { server, protocol } = this.#phase.hello;
    return {
      protocol,
      ...(server.version === undefined ? {} : { version: printable(server.version, 40) }),
      ...(server.host === undefined ? {} : { host: printable(server.host, 80) }),
    };
  }

  #pairing(): HostStatus["pairing"] {
    if (this.#phase.name === "connected") {
      const waiting = this.#facts.commandsWaiting();
      if (waiting === undefined) return { state: "approved" };
      return { state: "commands-wait", ...this.#request(waiting.requestId) };
    }
    if (this.#failure?.kind !== "pairing") return { state: "unknown" };
    return { state: "required", ...this.#request(this.#failure.requestId) };
  }

  #request(requestId: string | undefined): Pick<HostStatus["pairing"], "requestId" | "approve"> {
    if (requestId === undefined) return {};
    const words = `clawdbot nodes approve ${shellQuote(requestId)}`;
    return { requestId, approve: `${words} --url ${shellQuote(this.#url())}` };
  }
}

function failureIn(phase: Phase): Failure | undefined {
  switch (phase.name) {
    case "waiting":
      return phase.failure;
    case "dialing":
      return phase.after;
    default:
      return undefined;
  }
}
