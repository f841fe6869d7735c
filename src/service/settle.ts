import { exitText } from "./exit-meaning.ts";
import type { ManagerPorts, Observation } from "./manager.ts";
import type { Step } from "./plan.ts";

/** A host that cannot work ends within this time; one that lives longer only lacks its gateway. */
export const settlingMs = 1500;
const stepMs = 100;

interface Settling {
  readonly observe: () => Promise<Observation>;
  readonly logsHint: string;
  /** 0 where the manager itself waits until the host is ready. */
  readonly forMs: number;
}

/** A service that ends right after its start counts as a start that failed. */
export function staysUp(clock: ManagerPorts["clock"], settling: Settling): Step {
  const { observe, logsHint, forMs } = settling;
  return {
    kind: "check",
    what: "keep the service running",
    async check() {
      const end = clock.monotonic() + forMs;
      for (;;) {
        const observation = await observe();
        if (observation.failed) return endOf(observation, logsHint);
        if (clock.monotonic() >= end) {
          const stopped = observation.runtime.status === "stopped";
          return stopped ? `it is stopped; see: ${logsHint}` : undefined;
        }
        await pause(clock);
      }
    },
  };
}

/** No drain takes longer than somebody waits for it. */
const longestStopMs = 30 * 60_000;

/** Waits until a manager that stops in the background has stopped. */
export function untilGone(clock: ManagerPorts["clock"], isThere: () => Promise<boolean>): Step {
  return {
    kind: "check",
    what: "stop the service",
    async check() {
      const end = clock.monotonic() + longestStopMs;
      while (await isThere()) {
        if (clock.monotonic() >= end) return "it does not end";
        await pause(clock);
      }
      return undefined;
    },
  };
}

function pause(clock: ManagerPorts["clock"]): Promise<void> {
  return new Promise((resolve) => void clock.after(stepMs, resolve));
}

/** Why a start has failed; undefined when the service itself is not to blame. */
export async function whyDown({ observe, logsHint }: Settling): Promise<string | undefined> {
  const observation = await observe();
  return observation.failed ? endOf(observation, logsHint) : undefined;
}

function endOf({ runtime }: Observation, logsHint: string): string {
  const code = runtime.lastExitStatus;
  const end = code === undefined ? "it ended at once" : `it ended at once with ${exitText(code)}`;
  return `${end}; see: ${logsHint}`;
}
