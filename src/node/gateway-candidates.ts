import type { Failure } from "../client/failure.ts";
import type { ChosenGateway } from "./gateway-settings.ts";

/** Failures after which another address of the same gateway may be the right one. */
const elsewhere: ReadonlySet<Failure["kind"]> = new Set([
  "settings",
  "dns",
  "refused",
  "unreachable",
  "timeout",
  "proxy",
  "tls",
  "tls-pin",
  "not-a-gateway",
  "closed",
]);

/** The addresses of one gateway; the first one that lets this node in is kept. */
export class GatewayCandidates {
  #list: readonly ChosenGateway[];
  #current: ChosenGateway;

  constructor(first: ChosenGateway, others: readonly ChosenGateway[] = []) {
    this.#list = [first, ...others];
    this.#current = first;
  }

  get current(): ChosenGateway {
    return this.#current;
  }

  failed({ kind }: Failure): void {
    if (!elsewhere.has(kind)) return;
    const next = (this.#list.indexOf(this.#current) + 1) % this.#list.length;
    this.#current = this.#list[next] ?? this.#current;
  }

  /** The current one works: the others are forgotten. */
  settle(): void {
    this.#list = [this.#current];
  }
}
