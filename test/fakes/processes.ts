// Processes of this machine as /proc shows them.
import { existsSync, readFileSync } from "node:fs";

/** Whether a process runs; a zombie is dead, its parent has only not noticed yet. */
export function isAlive(pid: number): boolean {
  try {
    // The name in parentheses may hold anything; the state stands behind the last of them.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    return state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}

/** Waits until something is true; the test's own time limit ends a wait that is in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(5);
}

/** Waits until none of these processes lives. */
export function allGone(pids: readonly number[]): Promise<void> {
  return until(() => !pids.some(isAlive));
}

/** The process ids that a fixture writes into a file, as soon as it has. */
export async function pidsIn(path: string): Promise<number[]> {
  await until(() => existsSync(path) && /\d\n$/.test(readFileSync(path, "utf8")));
  return readFileSync(path, "utf8").trim().split("\n").map(Number);
}

export function endForGood(pids: readonly number[]): void {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
}
