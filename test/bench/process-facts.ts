// What Linux knows of another process.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const MIB_IN_KIB = 1024;
const NS_PER_MS = 1e6;

export interface Memory {
  readonly rss: number;
  /** Pages that several processes map count in parts only. */
  readonly pss: number;
  /** Heaps and stacks: what is not a page of a file. */
  readonly anonymous: number;
}

/** In MiB. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return {
    rss: numberField(text, "Rss") / MIB_IN_KIB,
    pss: numberField(text, "Pss") / MIB_IN_KIB,
    anonymous: numberField(text, "Anonymous") / MIB_IN_KIB,
  };
}

/** From now on the peak counts from what is resident now; gives that, in MiB. */
export function resetPeak(pid: number): number {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return numberField(readFileSync(`/proc/${pid}/status`, "utf8"), "VmRSS") / MIB_IN_KIB;
}

/** Largest resident memory since the peak was reset, in MiB. */
export function peakOf(pid: number): number {
  return numberField(readFileSync(`/proc/${pid}/status`, "utf8"), "VmHWM") / MIB_IN_KIB;
}

export interface Activity {
  /** utime + stime in the kernel's ticks, 10 ms each on all usual machines. */
  readonly ticks: number;
  /** The same on the scheduler's finer clock. */
  readonly cpuMs: number;
  /** Context switches of all threads. */
  readonly switches: number;
  /** How often the main thread went to sleep, which is how often something woke it. */
  readonly wakeUps: number;
}

export function activityOf(pid: number): Activity {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  let cpuMs = 0;
  let switches = 0;
  let wakeUps = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const directory = `/proc/${pid}/task/${thread}`;
    cpuMs += Number(readFileSync(`${directory}/schedstat`, "utf8").split(" ")[0]) / NS_PER_MS;
    const status = readFileSync(`${directory}/status`, "utf8");
    const voluntary = numberField(status, "voluntary_ctxt_switches");
    switches += voluntary + numberField(status, "nonvoluntary_ctxt_switches");
    if (thread === String(pid)) wakeUps = voluntary;
  }
  return { ticks: Number(fields[11]) + Number(fields[12]), cpuMs, switches, wakeUps };
}

function numberField(text: string, name: string): number {
  const value = new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`/proc says nothing of ${name}`);
  return Number(value);
}
