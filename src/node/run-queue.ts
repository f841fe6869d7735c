/** Who may run now: a bounded number at once, the others in turn, no caller ahead of its share. */

export interface Place {
  /** True when it is this one's turn; false when it left before. */
  readonly turn: Promise<boolean>;
  /** It is this one's turn at once. */
  readonly free: boolean;
  /** The command is over, or does not want to run any more. */
  leave(): void;
}

export interface QueueLimits {
  readonly running: number;
  readonly waiting: number;
}

export const defaultQueueLimits: QueueLimits = { running: 64, waiting: 256 };

interface Waiter {
  readonly caller: string;
  start(): void;
}

export class RunQueue {
  readonly #limits: QueueLimits;
  #running = 0;
  #waiting = 0;
  /** The first caller is served next, and goes to the end then. */
  readonly #callers = new Map<string, Waiter[]>();

  constructor(limits: QueueLimits = defaultQueueLimits) {
    this.#limits = limits;
  }

  /** A place in the turn of a caller; undefined when there is none left. */
  enter(caller: string): Place | undefined {
    if (this.#running >= this.#limits.running && this.#waiting >= this.#limits.waiting) {
      return undefined;
    }
    const turn = Promise.withResolvers<boolean>();
    let state: "waiting" | "running" | "over" = "waiting";
    const waiter: Waiter = {
      caller,
      start: () => {
        state = "running";
        this.#running += 1;
        turn.resolve(true);
      },
    };
    const leave = (): void => {
      if (state === "running") this.#running -= 1;
      if (state === "waiting") this.#remove(waiter);
      state = "over";
      turn.resolve(false);
      this.#next();
    };
    const free = this.#running < this.#limits.running;
    if (free) waiter.start();
    else this.#add(waiter);
    return { turn: turn.promise, free, leave };
  }

  /** What a caller is told that finds no place. */
  get fullMessage(): string {
    const { running, waiting } = this.#limits;
    const queued = waiting === 0 ? "" : ` and ${waiting} wait for their turn`;
    return `NODE_BUSY: ${running} commands run on this node${queued}; try again later (limit: --max-concurrent)`;
  }

  #add(waiter: Waiter): void {
    this.#waiting += 1;
    const line = this.#callers.get(waiter.caller);
    if (line === undefined) this.#callers.set(waiter.caller, [waiter]);
    else line.push(waiter);
  }

  #remove(waiter: Waiter): void {
    this.#waiting -= 1;
    const line = this.#callers.get(waiter.caller) ?? [];
    line.splice(line.indexOf(waiter), 1);
    if (line.length === 0) this.#callers.delete(waiter.caller);
  }

  #next(): void {
    while (this.#running < this.#limits.running) {
      const [entry] = this.#callers;
      const waiter = entry?.[1][0];
      if (entry === undefined || waiter === undefined) return;
      const [caller, line] = entry;
      this.#remove(waiter);
      if (this.#callers.delete(caller)) this.#callers.set(caller, line);
      waiter.start();
    }
  }
}
