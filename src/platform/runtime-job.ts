/**
 * The runtime (libuv) puts what it starts on Windows into a job of its own, which kills its members
 * when this process is gone. Alone it lets their children go, but once a member is also in a job of
 * ours, everything that member starts stays in both: a command that is to outlive this host, and
 * what a finished one has left running, would die with the host.
 */
import { JobObject } from "./job-object.ts";
import { kernel32 } from "./kernel32.ts";

/** Handles are multiples of four, given out from below; the runtime makes its job early. */
const highestHandle = 0x4000;

/**
 * Takes that from the job, whose handle nobody tells: it is the one job beside `own` that this
 * process can reach and `member` is in. Where there is none, there is nothing to do.
 */
export function disarmRuntimeJob(member: number, own: JobObject): void {
  const library = kernel32();
  if (library === undefined) return;
  for (let handle = 4n; handle < highestHandle; handle += 4n) {
    if (handle === own.handle) continue;
    const job = new JobObject(library, handle);
    if (job.holds(member)) return job.setKillOnClose(false);
  }
}
