/** The nodes that are connected, by the id of their device. */
import { servedCommands } from "./command-policy.ts";
import type { Peer, Session } from "./session.ts";

export interface ConnectedNode {
  readonly nodeId: string;
  readonly session: Session;
  readonly peer: Peer;
  /** Declared and allowed on its platform, sorted. */
  readonly commands: readonly string[];
}

export class NodeRegistry {
  readonly #nodes = new Map<string, ConnectedNode>();

  /** A device has one line: a newer one takes its place. Returns the one that it replaces. */
  register(peer: Peer): ConnectedNode | undefined {
    const { session } = peer;
    const replaced = this.#nodes.get(session.deviceId);
    const commands = servedCommands(session.params.client, session.params.commands ?? []);
    this.#nodes.set(session.deviceId, { nodeId: session.deviceId, session, peer, commands });
    return replaced;
  }

  /** Only the line that is registered removes its node: an older one that closes late does not. */
  unregister(peer: Peer): boolean {
    const { deviceId } = peer.session;
    if (this.#nodes.get(deviceId)?.peer !== peer) return false;
    return this.#nodes.delete(deviceId);
  }

  get(nodeId: string): ConnectedNode | undefined {
    return this.#nodes.get(nodeId);
  }

  all(): readonly ConnectedNode[] {
    return [...this.#nodes.values()];
  }
}
