/** Child processes on Bun.spawn, each leader of a process group of its own. */
import type { Child, ChildEnd, SpawnOptions, Spawner } from "./ports.ts";
import { type ProcessFacts, processesOf, signalProcess, treeVariable } from "./process-tree.ts";
import { type RunCgroup, makeRunCgroup } from "./run-cgroup.ts";
import { type RunJob, makeRunJob } from "./run-job.ts";

export const systemSpawner: Spawner = {
  spawn(options) {
    const { treeId, limits } = options;
    const cgroup = treeId === undefined ? undefined : makeRunCgroup(treeId, limits);
    const made = treeId === undefined ? undefined : makeRunJob(treeId);
    let child: ReturnType<typeof start>;
    try {
      child = start(options, cgroup);
    } catch (error) {
      cgroup?.leave();
      made?.leave();
      throw error;
    }
    const job = made?.add(child.pid) === true ? made : undefined;
    const tree = { pid: child.pid, treeId, cgroup, job };
    return {
      pid: child.pid,
      ended: child.exited.then((code) => {
        // Known only as long as the group is there.
        const reached = limits === undefined ? [] : (cgroup?.reached() ?? []);
        cgroup?.leave();
        made?.leave();
        const end = endOf(code, child.signalCode);
        return reached.length === 0 ? end : { ...end, limits: reached };
      }),
      get stdout() {
        return child.stdout;
      },
      get stderr() {
        return child.stderr;
      },
      killTree: (signal) => killTree(tree, signal),
      survivors: () => survivors(tree),
    } satisfies Child;
  },
};

function start(
  { program, argv, cwd, env, stdin, treeId, user }: SpawnOptions,
  cgroup: RunCgroup | undefined,
): Bun.Subprocess<Uint8Array | "ignore", "pipe", "pipe"> {
  const [argv0 = program, ...args] = argv;
  return Bun.spawn([program, ...args], {
    argv0,
    cwd,
    env: treeId === undefined ? env : { ...env, [treeVariable]: treeId },
    stdin: stdin === undefined ? "ignore" : new TextEncoder().encode(stdin),
    stdout: "pipe",
    stderr: "pipe",
    lazy: true,
    detached: process.platform !== "win32",
    windowsHide: true,
    ...(cgroup === undefined ? {} : { cgroup: cgroup.path }),
    ...user,
  });
}

function endOf(code: number, signal: string | number | null): ChildEnd {
  return signal === null ? { kind: "exit", code } : { kind: "signal", signal: String(signal) };
}

interface Tree {
  readonly pid: number;
  readonly treeId: string | undefined;
  readonly cgroup: RunCgroup | undefined;
  readonly job: RunJob | undefined;
}

function killTree(tree: Tree, signal: "SIGTERM" | "SIGKILL"): void {
  if (process.platform === "win32") {
    // A console process cannot be asked to end.
    if (tree.job !== undefined) return tree.job.kill();
    // Without a job the tree is ended by its root; a process whose parent is gone is missed.
    Bun.spawn(["taskkill.exe", "/pid", String(tree.pid), "/t", "/f"], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      windowsHide: true,
    }).unref();
    return;
  }
  // Found first: once their parents are dead, some cannot be told from strangers.
  const members = membersOf(tree);
  // The group outlives its leader as long as any member lives, so its id cannot be reused.
  signalProcess(-tree.pid, signal);
  // Many programs take a second SIGTERM for impatience: nobody gets two.
  for (const { pid, group } of members) if (group !== tree.pid) signalProcess(pid, signal);
  if (signal === "SIGTERM") return;
  tree.cgroup?.kill();
  // What was forked in between; a few rounds, for a fork bomb must not hold this process up.
  const killed = new Set(members.map(({ pid }) => pid));
  for (let round = 0, quiet = 0; round < 10 && quiet < 2; round += 1) {
    const fresh = membersOf(tree).filter(({ pid }) => !killed.has(pid));
    // In the middle of its exec a process shows no environment: an empty round proves little.
    if (fresh.length === 0) quiet += 1;
    for (const { pid } of fresh) {
      killed.add(pid);
      signalProcess(pid, signal);
    }
  }
}

function membersOf({ pid, treeId, cgroup }: Tree): readonly ProcessFacts[] {
  if (treeId === undefined || process.platform !== "linux") return [];
  return processesOf(pid, treeId, cgroup?.processes());
}

/** A process that was killed is given this long to be gone, milliseconds. */
const vanishMs = 1000;

async function survivors(tree: Tree): Promise<number> {
  const end = performance.now() + vanishMs;
  for (;;) {
    const members = membersOf(tree);
    const left = tree.job?.processCount() ?? members.length;
    if (left === 0 || performance.now() >= end) return left;
    tree.job?.kill();
    for (const { pid } of members) signalProcess(pid, "SIGKILL");
    await Bun.sleep(10);
  }
}
