/** What the lines of one gateway share: who is there, what they may call, what is told of them. */
import { printable } from "../lib/display-text.ts";
import type { Clock, Log, Random } from "../platform/ports.ts";
import { closeCodes, gatewayEvents } from "../protocol/gateway-errors.ts";
import type { AdmitDeps } from "./admit.ts";
import { ApprovalBook } from "./approval-book.ts";
import type { ClientOrigin } from "./client-origin.ts";
import { ConnectionLimit } from "./connection-limit.ts";
import type { DeviceBook } from "./device-book.ts";
import type { HelloFacts } from "./hello.ts";
import { Invocations } from "./invocations.ts";
import { type Methods, allMethods } from "./methods/all.ts";
import { NodeRegistry } from "./node-registry.ts";
import { Peers } from "./peers.ts";
import { RepeatFilter } from "./repeat-filter.ts";
import type { Peer, Session } from "./session.ts";

export interface SwitchboardSettings {
  readonly sharedToken: string;
  readonly requirePairing: boolean;
  readonly version: string;
  readonly host: string;
  readonly tickIntervalMs: number;
  readonly handshakeMs: number;
}

export class Switchboard {
  readonly ports: { readonly clock: Clock; readonly random: Random; readonly log: Log };
  readonly handshakeMs: number;
  readonly peers = new Peers();
  readonly limit = new ConnectionLimit();
  readonly methods: Methods;
  readonly admitDeps: AdmitDeps;
  readonly #settings: SwitchboardSettings;
  readonly #nodes = new NodeRegistry();
  readonly #invocations: Invocations;
  readonly #approvals: ApprovalBook;
  readonly #refusals: RepeatFilter;
  readonly #startedAt: number;

  constructor(ports: Switchboard["ports"], devices: DeviceBook, settings: SwitchboardSettings) {
    const { clock, random, log } = ports;
    const { peers } = this;
    const { handshakeMs, sharedToken, requirePairing } = settings;
    this.ports = ports;
    this.handshakeMs = handshakeMs;
    this.#settings = settings;
    this.#refusals = new RepeatFilter(clock);
    this.#startedAt = clock.monotonic();
    this.#invocations = new Invocations(clock, random);
    this.#approvals = new ApprovalBook(clock);
    this.admitDeps = { clock, log, devices, peers, sharedToken, requirePairing };
    this.methods = allMethods({
      clock,
      random,
      log,
      devices,
      peers,
      nodes: this.#nodes,
      invocations: this.#invocations,
      approvals: this.#approvals,
    });
  }

  helloFacts(): Omit<HelloFacts, "connId" | "token"> {
    const { version, host, tickIntervalMs } = this.#settings;
    return {
      version,
      host,
      tickIntervalMs,
      uptimeMs: this.ports.clock.monotonic() - this.#startedAt,
    };
  }

  joined(line: Peer, session: Session): void {
    this.limit.introduced(line);
    this.peers.add(line);
    const fields = fieldsOf(session);
    if (session.role === "operator") return this.ports.log.debug("operator connected", fields);
    const replaced = this.#nodes.register(line);
    this.ports.log.info("node connected", fields);
    if (replaced === undefined) return;
    this.ports.log.warn("the same device was connected already; the older line is closed", fields);
    replaced.peer.close(closeCodes.policy, "replaced by a newer connection");
  }

  /** Told once a minute for each address: a node with a wrong token tries again and again. */
  refused({ remoteIp }: ClientOrigin, reason: string): void {
    const from = remoteIp ?? "behind a proxy";
    const level = this.#refusals.isNew(`${from} ${reason}`) ? "warn" : "debug";
    this.ports.log[level]("connection refused", { from, reason: printable(reason, 200) });
  }

  left(
    line: Peer,
    session: Session | undefined,
    how: { readonly code: number; readonly reason: string },
  ): void {
    this.limit.leave(line);
    if (session === undefined) return;
    this.peers.remove(line);
    this.#invocations.lost(line);
    this.#withdrawApprovals(session);
    const wasNode = this.#nodes.unregister(line);
    if (!wasNode) return;
    const reason = how.reason === "" ? undefined : printable(how.reason, 120);
    const { name, device } = fieldsOf(session);
    this.ports.log.info("node disconnected", { name, device, code: how.code, reason });
  }

  /** Nobody gets the answer any more; who looks at the question learns that it is over. */
  #withdrawApprovals({ connId }: Session): void {
    for (const { id } of this.#approvals.withdraw(connId)) {
      this.ports.log.info("approval withdrawn: who asked has gone", { id });
      this.peers.broadcast(gatewayEvents.approvalResolved, {
        id,
        decision: "deny",
        resolvedBy: "withdrawn",
        ts: this.ports.clock.now(),
      });
    }
  }
}

function fieldsOf({ deviceId, params, remoteIp }: Session) {
  const { displayName, version } = params.client;
  return {
    name: displayName && printable(displayName, 60),
    device: deviceId.slice(0, 12),
    from: remoteIp ?? "behind a proxy",
    version: printable(version, 40),
  };
}
