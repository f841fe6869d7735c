/** A Windows job for every run: what a command starts ends with it, even when its parent is gone. */
import { type JobObject, createJobObject } from "./job-object.ts";
import { kernel32 } from "./kernel32.ts";
import type { Guardian } from "./ports.ts";
import { disarmRuntimeJob } from "./runtime-job.ts";

/** By the ids of their trees: of the runs that go on, and of those that left something running. */
const open = new Map<string, JobObject>();

/** The ids of runs that are over. */
const over = new Set<string>();

let runtimeDisarmed = false;

export interface RunJob {
  /**
   * Puts the command into the job; false where that cannot be done. What it has started before is
   * missed: between its start and this call lie microseconds, in which a program is being loaded.
   */
  add(pid: number): boolean;
  processCount(): number;
  kill(): void;
  /** The run is over: closes the job, now or when its last member is gone. */
  leave(): void;
}

/** Undefined where there are no jobs; a run never fails for want of one. */
export function makeRunJob(treeId: string): RunJob | undefined {
  const job = createJobObject();
  if (job === undefined) return undefined;
  open.set(treeId, job);
  const isOpen = (): boolean => open.has(treeId);
  return {
    add(pid) {
      if (!job.add(pid)) return false;
      if (!runtimeDisarmed) disarmRuntimeJob(pid, job);
      runtimeDisarmed = true;
      return true;
    },
    processCount: () => (isOpen() ? job.activeProcesses() : 0),
    kill() {
      if (isOpen()) job.terminate();
    },
    leave() {
      over.add(treeId);
      for (const id of over) closeEmpty(id);
    },
  };
}

/** A handle is kept as long as there is something to kill. */
function closeEmpty(treeId: string): void {
  const job = open.get(treeId);
  if (job !== undefined && job.activeProcesses() > 0) return;
  job?.close();
  open.delete(treeId);
  over.delete(treeId);
}

/**
 * The system itself kills a job with the last handle to it, and this process has the only one.
 * Undefined, with a word to `tell`, where there are no jobs: then the runtime's own job ends
 * commands with this host, but not what they have started.
 */
export function startJobGuardian(tell: (message: string) => void): Guardian | undefined {
  if (kernel32() === undefined) {
    tell("no job objects here: what commands start may outlive them");
    return undefined;
  }
  return {
    watch({ treeId }) {
      open.get(treeId)?.setKillOnClose(true);
      // What a command leaves running when it ends by itself stays.
      return () => open.get(treeId)?.setKillOnClose(false);
    },
  };
}
