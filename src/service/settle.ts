import { exitText } from "./exit-meaning.ts";
import type { ManagerPorts, Observation } from "./manager.ts";
import type { Step } from "./plan.ts";

/** A host that cannot work ends within this time; one that lives longer only lacks its gateway. */
const settlingMs = 1500;
const stepMs = 100;

/** A service that ends right after its start counts as a start that failed. */
export function staysUp(
  { clock }: Pick<ManagerPorts, "clock">,
  observe: () => Promise<Observation>,
  logsHint: string,
): Step {
  return {
    kind: "check",
    what: "keep the service running",
    async check() {
      const end = clock.monotonic() + settlingMs;
      for (;;) {
        const { failed, runtime } = await observe();
        if (failed) return `${endOf(runtime)}; see: ${logsHint}`;
        if (clock.monotonic() >= end) {
          return runtime.status === "stopped" ? `it is stopped; see: ${logsHint}` : undefined;
        }
        await new Promise<void>((resolve) => void clock.after(stepMs, resolve));
      }
    },
  };
}

function endOf(runtime: Observation["runtime"]): string {
  const code = runtime.lastExitStatus;
  return code === undefined ? "it ended at once" : `it ended at once with ${exitText(code)}`;
}
