import type { ConnectParams, Role } from "../protocol/connect.ts";

/** A connection that has been let in. */
export interface Session {
  readonly connId: string;
  readonly deviceId: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly remoteIp: string | undefined;
  readonly connectedAtMs: number;
  readonly params: ConnectParams;
}

/** A session and the line that leads to it. */
export interface Peer {
  readonly session: Session;
  /** Sends an event; false when it cannot be taken: gone, or too much is unread. */
  sendEvent(event: string, payload: unknown, seq?: number): boolean;
  close(code: number, reason: string): void;
}
