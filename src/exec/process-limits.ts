/** Limits of the system around a command, as people write them. */
import { longestTimerMs, parseDuration } from "../lib/duration.ts";
import { parseSize } from "../lib/size.ts";
import type { LimitName } from "../platform/ports.ts";

/**
 * Of a command with all its processes where a control group holds them. `ulimit` counts the memory,
 * as address space, and the processor time of each process alone, and all processes of its user.
 */
export interface ProcessLimits {
  readonly memoryBytes: number | undefined;
  /** Of processors. */
  readonly cpuSeconds: number | undefined;
  readonly processes: number | undefined;
}

export const limitNames = ["memory", "cpu", "processes"] as const satisfies readonly LimitName[];

const leastMemoryBytes = 1024 ** 2;
const mostProcesses = 4_194_304;

/** What a limit's text has to look like. */
export const wantedLimit: Readonly<Record<LimitName, string>> = {
  memory: "a size of at least 1M, like 512M or 4G",
  cpu: "a duration of at least 1s, like 30s or 10m",
  processes: `a number, 1 to ${mostProcesses}`,
};

/** Undefined: the text is no such limit. */
export function readLimit(name: LimitName, text: string): Partial<ProcessLimits> | undefined {
  switch (name) {
    case "memory": {
      const memoryBytes = parseSize(text);
      if (memoryBytes === undefined || memoryBytes < leastMemoryBytes) return undefined;
      return { memoryBytes };
    }
    case "cpu": {
      const ms = parseDuration(text);
      if (ms === undefined || ms < 1000 || ms > longestTimerMs) return undefined;
      return { cpuSeconds: Math.ceil(ms / 1000) };
    }
    case "processes": {
      const processes = Number(text);
      if (!/^\d{1,9}$/.test(text) || processes < 1 || processes > mostProcesses) return undefined;
      return { processes };
    }
  }
}

/** Those of `over` where it has some, else those of `base`; undefined: there are none at all. */
export function joinedLimits(
  base: Partial<ProcessLimits> | undefined,
  over: Partial<ProcessLimits> | undefined,
): ProcessLimits | undefined {
  const joined = {
    memoryBytes: over?.memoryBytes ?? base?.memoryBytes,
    cpuSeconds: over?.cpuSeconds ?? base?.cpuSeconds,
    processes: over?.processes ?? base?.processes,
  };
  return Object.values(joined).some((limit) => limit !== undefined) ? joined : undefined;
}
