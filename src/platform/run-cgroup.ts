/** A control group for every run, where this process was given its own part of the hierarchy. */
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../lib/errors.ts";
import { reachedLimits, setLimits } from "./cgroup-limits.ts";
import { hostCgroup, membersOf } from "./host-cgroup.ts";
import type { TreeLimits } from "./ports.ts";
import { watchProcessorTime } from "./processor-time.ts";

const prefix = "clawdbot-run-";

/** Groups that still had members when their run was over. */
const populated = new Set<string>();

/** What an earlier host that was killed has left behind is removed once. */
let swept = false;

export interface RunCgroup {
  readonly path: string;
  processes(): readonly number[];
  /** Kills every member at once, those that are just being forked too. */
  kill(): void;
  /** The words of the limits that the tree ran into. */
  reached(): readonly string[];
  /** The run is over: removes the group, now or when its last member is gone. */
  leave(): void;
}

/** What a tree's id is appended to for the directory of its group; undefined: there are no groups. */
export function runCgroupPrefix(): string | undefined {
  const host = hostCgroup();
  if (host === undefined) return undefined;
  if (!swept) for (const path of runCgroupsIn(host)) removed(path);
  swept = true;
  return join(host, prefix);
}

/** The groups of runs that are there, also of an earlier host. */
export function runCgroupsIn(host: string): readonly string[] {
  const names = readdirSync(host).filter((name) => name.startsWith(prefix));
  return names.map((name) => join(host, name));
}

/**
 * Undefined where there are no such groups; a run without limits never fails for want of one. Throws
 * where its limits cannot be set.
 */
export function makeRunCgroup(treeId: string, limits?: TreeLimits): RunCgroup | undefined {
  const start = runCgroupPrefix();
  if (start === undefined) return undefined;
  const path = `${start}${treeId}`;
  if (limits !== undefined) return limited(path, limits);
  try {
    mkdirSync(path);
  } catch {
    // A limit of the hierarchy, or it was taken away: the other ways of ending a tree remain.
    return undefined;
  }
  return unlimited(path);
}

function unlimited(path: string): RunCgroup {
  return {
    path,
    processes: () => membersOf(path),
    kill: () => kill(path),
    reached: () => [],
    leave() {
      for (const other of populated) removed(other);
      if (!removed(path)) populated.add(path);
    },
  };
}

function limited(path: string, limits: TreeLimits): RunCgroup {
  const group = unlimited(path);
  try {
    mkdirSync(path);
    setLimits(path, limits);
  } catch (error) {
    group.leave();
    throw new Error(`Cannot set its limits: ${messageOf(error)}`, { cause: error });
  }
  const { cpu } = limits;
  const watch =
    cpu &&
    watchProcessorTime(path, cpu.most, {
      isOver: () => populated.has(path) && removed(path),
      end: () => kill(path),
    });
  return {
    ...group,
    reached: () => [
      ...reachedLimits(path, limits),
      ...(cpu !== undefined && watch?.spent === true ? [cpu.words] : []),
    ],
    leave() {
      group.leave();
      // What was left behind still has to keep within its limits.
      if (!populated.has(path)) watch?.stop();
    },
  };
}

function kill(path: string): void {
  try {
    writeFileSync(join(path, "cgroup.kill"), "1");
  } catch {
    // The group is gone with its last member.
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
