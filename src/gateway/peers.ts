/** Everybody who is connected, and the events that go to all of them. */
import { eventScopes, missingScope } from "../protocol/access.ts";
import type { Peer, Session } from "./session.ts";

export class Peers {
  readonly #peers = new Set<Peer>();
  #seq = 0;

  add(peer: Peer): void {
    this.#peers.add(peer);
  }

  remove(peer: Peer): void {
    this.#peers.delete(peer);
  }

  all(): readonly Peer[] {
    return [...this.#peers];
  }

  /** Connections of one device in one role. */
  of(deviceId: string, role: string): readonly Peer[] {
    return this.all().filter(
      ({ session }) => session.deviceId === deviceId && session.role === role,
    );
  }

  /** The number rises by one for each broadcast, also where some do not get to see it. */
  broadcast(event: string, payload: unknown): void {
    this.#seq += 1;
    for (const peer of this.all()) {
      if (maySee(peer.session, event)) peer.sendEvent(event, payload, this.#seq);
    }
  }
}

function maySee(session: Session, event: string): boolean {
  const scope = eventScopes[event];
  if (scope === undefined) return true;
  return session.role === "operator" && missingScope(session.scopes, [scope]) === undefined;
}
