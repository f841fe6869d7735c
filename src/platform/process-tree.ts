/** Finds the processes of a run in /proc, also those that have left its group and session. */
import { readFileSync, readdirSync } from "node:fs";

/** Every process of a run inherits this variable; its value names the run. */
export const treeVariable = "CLAWDBOT_RUN_ID";

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly dead: boolean;
}

/**
 * The living processes of a tree: the leader's group and session, what carries the tree's id, and
 * all children of these. A daemon is missed only if it cleared its environment and lost its parent.
 */
export function processesOf(
  leader: number,
  treeId: string,
  known: readonly number[] = [],
): readonly ProcessFacts[] {
  const marker = Buffer.from(`${treeVariable}=${treeId}\0`);
  const all = allProcesses();
  const members = new Set(known);
  for (const { pid, group, session } of all) {
    const own = group === leader || session === leader || members.has(pid);
    if (own || environmentOf(pid).includes(marker)) members.add(pid);
  }
  for (let before = 0; before < members.size;) {
    before = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid);
  }
  return all.filter(({ pid }) => members.has(pid));
}

/**
 * Sends a signal; a process that is gone is no error, one that may not be signalled neither. A
 * negative number is a group. 0, 1 and -1 are no run's: they would mean this process' own group, the
 * system's first process, and everybody.
 */
export function signalProcess(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  if (Math.abs(pid) < 2) return;
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH or EPERM: who lives on is counted in the end.
  }
}

/** When a process was started, in the system's own ticks; undefined when there is none. */
export function startTimeOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

function allProcesses(): readonly ProcessFacts[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => factsOf(Number(name)))
    .filter((facts) => facts !== undefined)
    .filter(({ pid, dead }) => !dead && pid !== process.pid);
}

function factsOf(pid: number): ProcessFacts | undefined {
  const fields = statOf(pid);
  if (fields === undefined) return undefined;
  const [state, parent, group, session] = fields;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    dead: state === "Z" || state === "X",
  };
}

/** The fields behind the name, which may hold anything: state, parent, group, session … */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function environmentOf(pid: number): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    // Somebody else's process, or one that has just ended.
    return Buffer.alloc(0);
  }
}
