/** Which limits hold for a command with all its processes, and which for each process alone. */
import { formatDuration } from "../lib/duration.ts";
import { writeSize } from "../lib/size.ts";
import type { LimitName, TreeLimit, TreeLimits } from "../platform/ports.ts";
import type { ProgramStart } from "./limited-start.ts";
import type { ProcessLimits } from "./process-limits.ts";

export interface LimitedStart extends ProgramStart {
  readonly limits?: TreeLimits | undefined;
}

interface SplitLimits {
  /** For its control group; undefined: none. */
  readonly tree: TreeLimits | undefined;
  /** For `ulimit`; undefined: none. */
  readonly each: ProcessLimits | undefined;
}

/** `held` are those that control groups hold; `sourceOf` tells who set a limit. */
export function splitLimits(
  limits: ProcessLimits,
  held: readonly LimitName[],
  sourceOf: (name: LimitName) => string,
): SplitLimits {
  const tree: Partial<Record<LimitName, TreeLimit>> = {};
  for (const name of held) {
    const most = mostOf(limits, name);
    if (most === undefined) continue;
    tree[name] = { most, words: `${reached(name, most)} was reached (${sourceOf(name)})` };
  }
  const each: ProcessLimits = {
    memoryBytes: tree.memory === undefined ? limits.memoryBytes : undefined,
    cpuSeconds: tree.cpu === undefined ? limits.cpuSeconds : undefined,
    processes: tree.processes === undefined ? limits.processes : undefined,
  };
  return {
    tree: Object.keys(tree).length === 0 ? undefined : tree,
    each: Object.values(each).some((most) => most !== undefined) ? each : undefined,
  };
}

export function mostOf(limits: Partial<ProcessLimits>, name: LimitName): number | undefined {
  switch (name) {
    case "memory":
      return limits.memoryBytes;
    case "cpu":
      return limits.cpuSeconds;
    case "processes":
      return limits.processes;
    default:
      return name satisfies never;
  }
}

function reached(name: LimitName, most: number): string {
  switch (name) {
    case "memory":
      return `the memory limit of ${writeSize(most)}`;
    case "cpu":
      return `the processor time limit of ${formatDuration(most * 1000)}`;
    case "processes":
      return `the limit of ${most} ${most === 1 ? "process" : "processes"}`;
    default:
      return name satisfies never;
  }
}
