/** When a command is stopped: by its caller's limit, by the gateway's patience, by this machine's. */
import { formatDuration } from "../lib/duration.ts";

export interface DeadlineSettings {
  /** No command runs longer, milliseconds; undefined: no ceiling. */
  readonly maxRuntimeMs: number | undefined;
  /** A command outlives its gateway's patience; only the event tells how it ended. */
  readonly keepAfterGateway: boolean;
}

export const noDeadlines: DeadlineSettings = { maxRuntimeMs: undefined, keepAfterGateway: false };

export interface Deadline {
  /** Milliseconds from now until the command is asked to end. */
  readonly ms: number;
  /** Milliseconds that it then has before it is killed; undefined: the usual grace. */
  readonly graceMs: number | undefined;
  /** Why it was stopped, for the caller; undefined where the caller chose the limit. */
  readonly reason: string | undefined;
}

export interface RunTimes {
  /** The caller's own limit for the command, milliseconds. */
  readonly commandMs: number | undefined;
  /** What the gateway waits for the answer, milliseconds. */
  readonly gatewayMs: number | undefined;
  /** What has passed of the command's own time, milliseconds. */
  readonly spentMs: number;
  /** What has passed since the request came, milliseconds. */
  readonly arrivedMs: number;
}

/** Time for ending the command and for carrying its output, taken from the gateway's patience. */
const longestReserveMs = 3000;

/** The first of all limits that apply; undefined: the command may run for ever. */
export function deadlineOf(times: RunTimes, settings: DeadlineSettings): Deadline | undefined {
  const limits: Deadline[] = [];
  const { commandMs, gatewayMs, spentMs, arrivedMs } = times;
  if (commandMs !== undefined) {
    limits.push({ ms: commandMs - spentMs, graceMs: undefined, reason: undefined });
  }
  const ceiling = settings.maxRuntimeMs;
  if (ceiling !== undefined) {
    const reason = `stopped after ${formatDuration(ceiling)}: no command runs longer on this node (--max-runtime)`;
    limits.push({ ms: ceiling - spentMs, graceMs: undefined, reason });
  }
  if (gatewayMs !== undefined && !settings.keepAfterGateway) {
    const reserve = Math.min(longestReserveMs, gatewayMs / 4);
    const reason = `stopped because the gateway waits only ${formatDuration(gatewayMs)} for the answer; ask with a longer invoke timeout, or start the node host with --on-gateway-timeout keep`;
    limits.push({ ms: gatewayMs - reserve - arrivedMs, graceMs: reserve / 2, reason });
  }
  const [first] = limits
    .map((limit) => ({ ...limit, ms: Math.max(Math.round(limit.ms), 0) }))
    .toSorted((a, b) => a.ms - b.ms);
  return first;
}
