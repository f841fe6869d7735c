/**
 * Later gateways want the commands of a node approved after its device: until then it is connected
 * and serves nothing. This tells the person at the node so, and notices when it is over.
 */
import { RpcError } from "../client/rpc-error.ts";
import { shellQuote } from "../lib/display-text.ts";
import type { Cancel, Clock, Log } from "../platform/ports.ts";
import type { HelloOk } from "../protocol/connect.ts";
import { gatewayEvents } from "../protocol/gateway-errors.ts";
import { commandApproval, emptyInventory, inventoryMethod } from "../protocol/generation.ts";
import { invokeRequestEvent } from "../protocol/node-invoke.ts";
import { commandsResolved } from "../protocol/pairing.ts";

interface Ports {
  readonly clock: Clock;
  readonly log: Log;
  readonly deviceId: string;
  url(): string;
  request(method: string, params: unknown): Promise<unknown>;
  /** Connects anew. */
  renew(): void;
}

/** Between two questions, or two connections, while nothing says that the commands are approved. */
const firstPauseMs = 60_000;
const longestPauseMs = 600_000;
/** A gateway that has just let the device in may not have made the request yet. */
const settleMs = 3000;

export class CommandApprovalWatch {
  readonly #ports: Ports;
  /** A command came in, or the gateway said so: nothing is left to find out. */
  #approved = false;
  /** What was told last, so that it is told once. */
  #told: string | undefined;
  /** The gateway holds a request of this very connection. */
  #requested = false;
  /** The gateway does not know the question. */
  #mute = false;
  #pauseMs = firstPauseMs;
  #cancel: Cancel | undefined;
  #waiting: { readonly requestId: string | undefined } | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The gateway said that the commands wait for an operator. */
  get waiting(): { readonly requestId: string | undefined } | undefined {
    return this.#waiting;
  }

  connected(hello: HelloOk): void {
    this.disconnected();
    this.#requested = false;
    const how = commandApproval(hello);
    if (how === "none") return;
    if (how === "ask" && !this.#mute) return void this.#ask(true);
    if (this.#approved || how === "ask") return;
    this.#tell("maybe", () => this.#tellUnseen(true));
    this.#after(this.#pauseMs, () => this.#ports.renew());
    this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
  }

  disconnected(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  onEvent(event: string, payload: unknown): void {
    if (event === invokeRequestEvent) return this.#serve();
    if (event !== gatewayEvents.commandsResolved) return;
    const resolved = commandsResolved.safeParse(payload);
    if (!resolved.success || resolved.data.nodeId !== this.#ports.deviceId) return;
    const { decision } = resolved.data;
    if (decision === "approved") return this.#serve();
    this.#turnedDown(
      decision === "removed"
        ? "an operator removed this node from the gateway"
        : "an operator rejected the commands of this node: it stays connected and serves nothing",
    );
  }

  #turnedDown(what: string): void {
    this.disconnected();
    this.#approved = false;
    this.#waiting = undefined;
    this.#tell(what, () => {
      const { log } = this.#ports;
      log.warn(what);
      log.info("  To ask again, start this host anew; then on the gateway: openclaw nodes pending");
    });
  }

  #serve(): void {
    this.disconnected();
    this.#approved = true;
    this.#waiting = undefined;
    if (this.#told === undefined) return;
    if (this.#told !== "maybe") this.#ports.log.info("the commands of this node are approved");
    this.#told = undefined;
  }

  async #ask(first: boolean): Promise<void> {
    try {
      await this.#ports.request(inventoryMethod, emptyInventory);
      this.#serve();
    } catch (error) {
      // Without an answer the connection is gone, and the next one asks again.
      if (!(error instanceof RpcError)) return;
      this.#refused(error.message, first);
    }
  }

  #refused(message: string, first: boolean): void {
    if (!/pairing|approv/.test(message)) {
      this.#mute = true;
      if (!this.#approved) this.#tell("maybe", () => this.#tellUnseen(false));
      return;
    }
    const request = /nodes approve ([A-Za-z0-9._:-]{1,100})/.exec(message)?.[1];
    if (request === undefined && first) {
      return this.#after(settleMs, () => void this.#ask(false));
    }
    // A gateway tells a rejection to operators only; the node sees that its request is gone.
    if (request === undefined && this.#requested) {
      return this.#turnedDown(
        "the request for this node's commands is gone, an operator may have rejected it: it stays connected and serves nothing",
      );
    }
    this.#requested = request !== undefined;
    this.#approved = false;
    this.#waiting = { requestId: request };
    this.#tell(request ?? "unnamed", () => this.#tellWaiting(request));
    this.#after(firstPauseMs, () => void this.#ask(false));
  }

  #tellWaiting(request: string | undefined): void {
    const { log } = this.#ports;
    log.warn("connected, but its commands wait for an operator's approval", { requestId: request });
    if (request === undefined) {
      log.info("  on its machine:     openclaw nodes pending  (the gateway's own tool)");
    } else {
      log.info(
        `  with this program:  clawdbot nodes approve ${request} --url ${shellQuote(this.#ports.url())}`,
      );
      log.info(`  on its machine:     openclaw nodes approve ${request}  (the gateway's own tool)`);
    }
    log.info("  This host stays connected, and serves as soon as they are approved.");
  }

  #tellUnseen(reconnects: boolean): void {
    const { log } = this.#ports;
    log.info(
      "this gateway wants a new node's commands approved too; see there: openclaw nodes pending",
    );
    if (reconnects) {
      log.info(
        "  It looks again only when a node connects: this host connects anew now and then, until the first command arrives.",
      );
    }
  }

  #tell(what: string, say: () => void): void {
    if (this.#told === what) return;
    this.#told = what;
    say();
  }

  #after(ms: number, action: () => void): void {
    this.#cancel?.();
    this.#cancel = this.#ports.clock.after(ms, action);
  }
}
