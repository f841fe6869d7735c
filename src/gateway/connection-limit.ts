/** How many connections there may be, and how many of them without a handshake. */
import { closeCodes } from "../protocol/gateway-errors.ts";
import { gatewayMaxConnections, gatewayMaxHandshakes } from "../protocol/limits.ts";

export interface Limited {
  close(code: number, reason: string): void;
}

export class ConnectionLimit {
  readonly #all = new Set<Limited>();
  /** Those without a handshake, in the order of their arrival. */
  readonly #strangers = new Set<Limited>();

  /** False when there is no room; the connection has been closed then. */
  enter(connection: Limited): boolean {
    if (this.#all.size >= gatewayMaxConnections) {
      connection.close(closeCodes.tryAgainLater, "too many connections");
      return false;
    }
    // The oldest stranger has had the most time to say who it is.
    const [oldest] = this.#strangers;
    if (oldest !== undefined && this.#strangers.size >= gatewayMaxHandshakes) {
      this.leave(oldest);
      oldest.close(closeCodes.tryAgainLater, "too many connections");
    }
    this.#all.add(connection);
    this.#strangers.add(connection);
    return true;
  }

  introduced(connection: Limited): void {
    this.#strangers.delete(connection);
  }

  leave(connection: Limited): void {
    this.#all.delete(connection);
    this.#strangers.delete(connection);
  }
}
