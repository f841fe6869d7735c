/** What a host tells the service manager that watches it (sd_notify(3)). */
import type { ConnectionState } from "../client/connection-state.ts";
import { printable } from "../lib/display-text.ts";
import type { Clock, ServiceNotifier } from "../platform/ports.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface Supervision {
  /** Settings are checked, the state directory is ours, and connecting has begun. */
  ready(): void;
  show(state: ConnectionState): void;
  /** Commands get time to finish; nothing is watched any more. */
  stopping(): void;
}

export const unsupervised: Supervision = {
  ready: () => undefined,
  show: () => undefined,
  stopping: () => undefined,
};

/**
 * The host is ready as soon as it works, not as soon as it is connected: a gateway that is down is
 * no reason to start the host again. The watchdog is fed by the event loop for the same reason.
 */
export function supervision(
  notifier: ServiceNotifier,
  clock: Clock,
  options: { readonly url: string; readonly watchdogMs: number | undefined },
): Supervision {
  let status = "";
  let cancel = (): void => undefined;
  const feed = (everyMs: number): void => {
    notifier.send("WATCHDOG=1");
    cancel = clock.after(everyMs, () => feed(everyMs));
  };
  return {
    ready() {
      notifier.send("READY=1");
      if (options.watchdogMs !== undefined) feed(options.watchdogMs / 2);
    },
    show(state) {
      const text = statusOf(state, options.url);
      // Why it is not connected says more than that it is being tried again.
      const repeats = text === status || (state.phase.name === "dialing" && status !== "");
      if (text === undefined || repeats) return;
      status = text;
      notifier.send(`STATUS=${printable(text, 300)}`);
    },
    stopping() {
      cancel();
      notifier.send("STOPPING=1\nSTATUS=stopping");
    },
  };
}

/** Milliseconds within which systemd wants a sign of life; undefined when it does not, or not ours. */
export function watchdogMs(env: Env, pid: number): number | undefined {
  const owner = env["WATCHDOG_PID"];
  const microseconds = Number(env["WATCHDOG_USEC"]);
  if (owner !== undefined && owner !== String(pid)) return undefined;
  return Number.isFinite(microseconds) && microseconds > 0 ? microseconds / 1000 : undefined;
}

function statusOf({ phase }: ConnectionState, url: string): string | undefined {
  if (phase.name === "connected") return `connected to ${url}`;
  if (phase.name === "waiting") return `not connected to ${url}: ${phase.failure.message}`;
  return phase.name === "dialing" ? `connecting to ${url}` : undefined;
}
