/** A control group for every run, where this process was given its own part of the hierarchy. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const prefix = "clawdbot-run-";

/** Made at the first run: undefined where no group can be made, and nothing is tried again. */
let parent: { readonly path: string | undefined } | undefined;

/** Groups that still had members when their run was over. */
const populated = new Set<string>();

export interface RunCgroup {
  readonly path: string;
  processes(): readonly number[];
  /** Kills every member at once, those that are just being forked too. */
  kill(): void;
  /** The run is over: removes the group, now or when its last member is gone. */
  leave(): void;
}

/** What a tree's id is appended to for the directory of its group; undefined: there are no groups. */
export function runCgroupPrefix(): string | undefined {
  parent ??= { path: delegatedCgroup() };
  return parent.path === undefined ? undefined : join(parent.path, prefix);
}

/** Undefined where there are no such groups; a run never fails for want of one. */
export function makeRunCgroup(treeId: string): RunCgroup | undefined {
  const start = runCgroupPrefix();
  if (start === undefined) return undefined;
  const path = `${start}${treeId}`;
  try {
    mkdirSync(path);
  } catch {
    // A limit of the hierarchy, or it was taken away: the other ways of ending a tree remain.
    return undefined;
  }
  return {
    path,
    processes: () => membersOf(path),
    kill() {
      try {
        writeFileSync(join(path, "cgroup.kill"), "1");
      } catch {
        // The group is gone with its last member.
      }
    },
    leave() {
      for (const other of populated) removed(other);
      if (!removed(path)) populated.add(path);
    },
  };
}

/**
 * The directory of this process' own group, if groups can be made in it. The root of the real
 * hierarchy, which has no `cgroup.kill`, is nobody's to use.
 */
function delegatedCgroup(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const own = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
    const mounted = mountPoint(readFileSync("/proc/self/mountinfo", "utf8"));
    if (own === undefined || mounted === undefined) return undefined;
    const path = join(mounted, own);
    if (!existsSync(join(path, "cgroup.kill"))) return undefined;
    accessSync(join(path, "cgroup.procs"), constants.W_OK);
    // What an earlier host that was killed has left behind.
    for (const name of readdirSync(path)) if (name.startsWith(prefix)) removed(join(path, name));
    const probe = join(path, `${prefix}probe-${process.pid}`);
    mkdirSync(probe);
    rmdirSync(probe);
    return path;
  } catch {
    return undefined;
  }
}

/** Fields of mountinfo: id, parent, device, root, mount point, …, "-", type. */
function mountPoint(mounts: string): string | undefined {
  const line = mounts.split("\n").find((text) => text.includes(" - cgroup2 "));
  return line?.split(" ")[4];
}

function membersOf(path: string): readonly number[] {
  try {
    const text = readFileSync(join(path, "cgroup.procs"), "utf8");
    return text.split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function removed(path: string): boolean {
  try {
    rmdirSync(path);
  } catch {
    if (existsSync(path)) return false;
  }
  populated.delete(path);
  return true;
}
