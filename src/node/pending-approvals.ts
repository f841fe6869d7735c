/** The book of runs that wait for an answer of this machine's owner. */
import { UserError } from "../lib/errors.ts";
import { printable } from "../lib/display-text.ts";
import type { Clock, Random } from "../platform/ports.ts";
import type {
  ApprovalDecision,
  PendingApproval,
  PendingList,
  ResolvedApproval,
} from "../protocol/control.ts";

export type PendingDetails = Omit<PendingApproval, "id" | "createdAtMs" | "expiresAtMs">;

export type Answer =
  | { readonly kind: "decided"; readonly decision: ApprovalDecision }
  /** The deadline passed. */
  | { readonly kind: "unanswered" }
  /** Nobody would hear the result any more. */
  | { readonly kind: "withdrawn" };

/** What became of a run that was answered. */
export type Consequence = Pick<ResolvedApproval, "runs" | "learnt" | "problem">;

export interface Question {
  readonly details: PendingDetails;
  /** Milliseconds until an answer comes too late. */
  readonly waitMs: number;
  /** Aborted when nobody would hear the result any more. */
  readonly listening: AbortSignal;
  /** Called exactly once; never throws and never rejects. */
  settle(answer: Answer): Promise<Consequence>;
}

interface Entry {
  readonly pending: PendingApproval;
  readonly end: (answer: Answer) => Promise<Consequence>;
}

const mostPending = 32;
/** Ended requests that are remembered for those who answer too late. */
const mostEnded = 64;
const idLength = 8;
/** A shorter beginning is more likely a slip than an id. */
const shortestPrefix = 4;

const endings = {
  decided: "it was answered already",
  unanswered: "nobody answered in time",
  withdrawn: "it was withdrawn: the connection was lost, or the host stops",
} as const;

const hint = "See what waits: clawdbot approvals pending";

export class PendingApprovals {
  readonly #clock: Clock;
  readonly #random: Pick<Random, "uuid">;
  readonly #entries = new Map<string, Entry>();
  readonly #ended = new Map<string, Answer["kind"]>();

  constructor(clock: Clock, random: Pick<Random, "uuid">) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Undefined when too many wait already: nothing was asked. */
  add(question: Question): PendingApproval | undefined {
    if (this.#entries.size >= mostPending) return undefined;
    const { details, waitMs, listening } = question;
    const createdAtMs = this.#clock.now();
    const pending = {
      id: this.#newId(),
      ...details,
      createdAtMs,
      expiresAtMs: createdAtMs + waitMs,
    };
    const withdraw = (): void => void end({ kind: "withdrawn" });
    const end = (answer: Answer): Promise<Consequence> => {
      this.#entries.delete(pending.id);
      this.#remember(pending.id, answer.kind);
      cancel();
      listening.removeEventListener("abort", withdraw);
      return question.settle(answer);
    };
    const cancel = this.#clock.after(waitMs, () => void end({ kind: "unanswered" }));
    this.#entries.set(pending.id, { pending, end });
    if (listening.aborted) withdraw();
    else listening.addEventListener("abort", withdraw);
    return pending;
  }

  /** Oldest first. */
  list(): PendingList {
    const pending = [...this.#entries.values()].map((entry) => entry.pending);
    return { ts: this.#clock.now(), pending };
  }

  /** Rejects with UserError when the id does not name exactly one request that waits. */
  async resolve(given: string, decision: ApprovalDecision): Promise<ResolvedApproval> {
    const { pending, end } = this.#find(given.trim().toLowerCase());
    const { id, command, agent } = pending;
    return { id, command, agent, decision, ...(await end({ kind: "decided", decision })) };
  }

  #find(prefix: string): Entry {
    const problem = (why: string): UserError =>
      new UserError(`Cannot answer "${printable(prefix)}": ${why}`, { hint });
    if (prefix.length < shortestPrefix) {
      throw problem(`an id is wanted, or at least its first ${shortestPrefix} characters`);
    }
    const [found, ...others] = [...this.#entries.values()].filter(({ pending }) =>
      pending.id.startsWith(prefix),
    );
    if (found === undefined) {
      const [, how] = [...this.#ended].find(([id]) => id.startsWith(prefix)) ?? [];
      throw problem(how === undefined ? "no such request waits" : endings[how]);
    }
    if (others.length > 0) throw problem(`${others.length + 1} requests begin so`);
    return found;
  }

  #newId(): string {
    for (;;) {
      const id = this.#random.uuid().replaceAll("-", "").slice(0, idLength);
      if (!this.#entries.has(id) && !this.#ended.has(id)) return id;
    }
  }

  #remember(id: string, how: Answer["kind"]): void {
    this.#ended.set(id, how);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > mostEnded && oldest !== undefined) this.#ended.delete(oldest);
  }
}
