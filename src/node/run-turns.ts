/** A run between its admission and its answer: it waits for its turn within its time, then it runs. */
import type { Endable } from "../exec/running-command.ts";
import type { Clock, Log } from "../platform/ports.ts";
import type { InvokeOutcome } from "../protocol/node-invoke.ts";
import { type ExecutionSettings, plainExecution } from "./execution-settings.ts";
import { type Deadline, deadlineOf } from "./run-deadline.ts";
import { RunQueue } from "./run-queue.ts";
import type { RunRequest } from "./run-request.ts";

export interface TurnPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** What is under way, for drain and kill: also what waits for its turn. */
  readonly running: Set<Endable>;
}

export interface Waiting {
  readonly request: Pick<RunRequest, "agentId" | "commandText" | "sessionKey" | "timeoutMs">;
  /** Milliseconds that the gateway waits for the answer, from the arrival on. */
  readonly gatewayMs: number | undefined;
  /** When the request came, on the clock that never jumps back. */
  readonly arrived: number;
  /** The gateway takes the request back: it is ended, or gives its place up. */
  readonly cancelled: AbortSignal;
}

export interface Turn {
  readonly deadline: Deadline | undefined;
  /** Others came first, and time has passed. */
  readonly waited: boolean;
  /** From now on this is what is ended. */
  begin(command: Endable): void;
}

export class RunTurns {
  readonly #ports: TurnPorts;
  readonly #settings: ExecutionSettings;
  readonly #queue: RunQueue;

  constructor(ports: TurnPorts, settings: ExecutionSettings = plainExecution) {
    this.#ports = ports;
    this.#settings = settings;
    this.#queue = new RunQueue(settings.queue);
  }

  /** Does the work when it is its turn; an answer that it is not, where no turn comes in time. */
  async take(
    waiting: Waiting,
    work: (turn: Turn) => Promise<InvokeOutcome>,
  ): Promise<InvokeOutcome> {
    const { clock, running } = this.#ports;
    const place = this.#queue.enter(callerOf(waiting.request));
    if (place === undefined) return this.#busy(waiting, this.#queue.fullMessage);
    const deadline = this.#deadlines(waiting);
    let current: Endable = { terminate: () => place.leave(), kill: () => place.leave() };
    // Asked for while its start is written down, before there is anything to end.
    let asked: ((command: Endable) => void) | undefined;
    const tracked: Endable = {
      terminate: (graceMs) => {
        asked ??= (command) => command.terminate(graceMs);
        current.terminate(graceMs);
      },
      kill: () => {
        asked = (command) => command.kill();
        current.kill();
      },
    };
    running.add(tracked);
    const terminate = (): void => tracked.terminate();
    waiting.cancelled.addEventListener("abort", terminate);
    const waited = !place.free;
    const limit = waited ? deadline() : undefined;
    const cancel = limit === undefined ? undefined : clock.after(limit.ms, () => place.leave());
    try {
      if (!(await place.turn)) return this.#busy(waiting, gaveUp);
      cancel?.();
      return await work({
        deadline: deadline(),
        waited,
        begin: (command) => {
          current = command;
          asked?.(command);
        },
      });
    } finally {
      cancel?.();
      place.leave();
      running.delete(tracked);
      waiting.cancelled.removeEventListener("abort", terminate);
    }
  }

  #busy({ request }: Waiting, message: string): InvokeOutcome {
    this.#ports.log.warn(`not run: ${request.commandText}`, { why: message });
    return { ok: false, code: "UNAVAILABLE", message };
  }

  /** The wait for a turn counts as the command's own time; what was before it is the gateway's. */
  #deadlines({ request, gatewayMs, arrived }: Waiting): () => Deadline | undefined {
    const { clock } = this.#ports;
    const admitted = clock.monotonic();
    return () => {
      const now = clock.monotonic();
      const times = {
        commandMs: request.timeoutMs,
        gatewayMs,
        spentMs: now - admitted,
        arrivedMs: now - arrived,
      };
      return deadlineOf(times, this.#settings.deadlines);
    };
  }
}

const gaveUp =
  "NODE_BUSY: the command was given up while it waited for its turn; nothing was run (limit: --max-concurrent)";

/** Turns are shared among sessions; requests without one share by their agent. */
function callerOf({ sessionKey, agentId }: Waiting["request"]): string {
  return sessionKey === "node" ? `agent ${agentId ?? ""}` : `session ${sessionKey}`;
}
