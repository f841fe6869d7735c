/** Turns states of the connection into lines for people: each change once, with its remedy. */
import type { ConnectionState, Phase } from "../client/connection-state.ts";
import type { Failure } from "../client/failure.ts";
import { approveOnGateway, hintOf } from "../client/remedy.ts";
import { formatDuration } from "../lib/duration.ts";
import { printable, shellQuote } from "../lib/display-text.ts";
import type { Log, LogFields } from "../platform/ports.ts";

export interface ReportContext {
  url(): string;
  readonly deviceId: string;
  /** The host leaves at the first failure, so nothing is tried again. */
  readonly leaves?: boolean;
  /** A token or password is offered. */
  secretGiven(): boolean;
}

export class ConnectionReport {
  readonly #log: Log;
  readonly #context: ReportContext;
  /** The failure that was told last; the same one is not told again. */
  #told: string | undefined;
  /** This side renews the connection on purpose: nobody has to read of it. */
  #renewing = false;

  constructor(log: Log, context: ReportContext) {
    this.#log = log;
    this.#context = context;
  }

  show({ phase, failures }: ConnectionState): void {
    switch (phase.name) {
      case "closing":
        this.#renewing = phase.next === "retry-now" && phase.failure === undefined;
        return;
      case "dialing":
        if (phase.after !== undefined) this.#log.warn(headline(phase.after, this.#context.url()));
        else if (this.#told === undefined && !this.#renewing)
          this.#log.info(`connecting to ${this.#context.url()}`);
        return;
      case "connected":
        return this.#connected(phase);
      case "waiting":
        return this.#waiting(phase.failure, phase.delayMs, failures);
      default:
    }
  }

  #connected({ hello }: Extract<Phase, { name: "connected" }>): void {
    this.#told = undefined;
    const { version, host } = hello.server;
    const renewed = this.#renewing;
    this.#renewing = false;
    this.#log[renewed ? "debug" : "info"](`connected to ${this.#context.url()}`, {
      gateway: host === undefined ? undefined : printable(host, 80),
      version: version === undefined ? undefined : printable(version, 40),
      protocol: hello.protocol,
      device: this.#context.deviceId.slice(0, 12),
    });
  }

  #waiting(failure: Failure, delayMs: number, failures: number): void {
    const fingerprint = `${failure.kind} ${failure.message} ${failure.requestId ?? ""}`;
    const last = this.#context.leaves === true || failure.kind === "setup-code";
    const next = last ? undefined : formatDuration(delayMs);
    const retry = { retryIn: next, attempt: failures };
    if (fingerprint === this.#told) {
      return this.#log.debug(`${failure.kind}: ${failure.message}`, retry);
    }
    this.#told = fingerprint;
    this.#renewing = false;
    if (failure.kind === "pairing") return this.#pairing(failure);
    const hint = hintOf(failure, this.#context.secretGiven());
    this.#log.warn(headline(failure, this.#context.url()), retry);
    if (hint !== undefined) this.#log.info(`  ${hint}`);
  }

  #pairing(failure: Failure): void {
    const fields: LogFields = { requestId: failure.requestId, deviceId: this.#context.deviceId };
    const again = failure.message.startsWith("this device") ? ` (${failure.message})` : "";
    const alone = failure.checkedByGateway === true ? ", unless it can verify it by itself" : "";
    this.#log.warn(
      `pairing required: an operator has to approve this device on the gateway${alone}${again}`,
      fields,
    );
    // Copied into a shell: what a gateway calls a request must not be a command of its own.
    const request = shellQuote(failure.requestId ?? "REQUEST_ID");
    this.#log.info(
      `  with this program:  clawdbot nodes approve ${request} --url ${shellQuote(this.#context.url())}`,
    );
    this.#log.info(`  on its machine:     ${approveOnGateway(failure)}  (the gateway's own tool)`);
    if (failure.structured === true) {
      this.#log.info("  and then its commands: openclaw nodes pending");
    }
    this.#log.info(
      "  This host keeps its identity, keeps trying, and goes on by itself once it is approved.",
    );
  }
}

function headline(failure: Failure, url: string): string {
  switch (failure.kind) {
    case "restarting":
      return `${failure.message}; reconnecting`;
    case "auth-changed":
      return `the gateway ended the connection: ${failure.message}; reconnecting`;
    case "closed":
    case "silent":
      return `connection to ${url} lost: ${failure.message}`;
    default:
      return `cannot connect to ${url}: ${failure.message}`;
  }
}
