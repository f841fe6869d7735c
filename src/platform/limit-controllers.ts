/**
 * Makes the control groups of runs able to hold limits. A group that hands controllers on may have
 * no processes of its own, so this process moves into a group beside those of its runs. That is
 * done only when limits are wanted.
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../lib/errors.ts";
import { hostCgroup, membersOf } from "./host-cgroup.ts";
import type { GroupLimits, LimitName } from "./ports.ts";
import { runCgroupsIn } from "./run-cgroup.ts";

const controllerOf = {
  memory: "memory",
  processes: "pids",
  // Every group counts it.
  cpu: undefined,
} as const satisfies Record<LimitName, string | undefined>;

export function enableLimits(wanted: readonly LimitName[]): GroupLimits {
  const host = hostCgroup();
  if (host === undefined) return { held: [], problem: "it has no control group of its own" };
  try {
    const available = wordsOf(host, "cgroup.controllers");
    const needed = wanted.flatMap((name) => controllerOf[name] ?? []);
    const missing = needed.filter((controller) => !available.includes(controller));
    const usable = needed.filter((controller) => available.includes(controller));
    const problem =
      (usable.length === 0 ? undefined : handOn(host, usable)) ??
      (missing.length === 0 ? undefined : `its control group lacks ${missing.join(" and ")}`);
    const enabled = wordsOf(host, "cgroup.subtree_control");
    const held = wanted.filter((name) => {
      const controller = controllerOf[name];
      return controller === undefined || enabled.includes(controller);
    });
    return { held, ...(problem === undefined ? {} : { problem }) };
  } catch (error) {
    return { held: [], problem: messageOf(error) };
  }
}

/** Gives why it could not be done. */
function handOn(host: string, controllers: readonly string[]): string | undefined {
  // Not to be moved: they are not ours, or they do not expect it.
  if (membersOf(host).some((pid) => pid !== process.pid)) {
    return "other processes live in its control group";
  }
  const own = join(host, "clawdbot-host");
  mkdirSync(own, { recursive: true });
  move(process.pid, own);
  try {
    control(host, "+", controllers);
  } catch (error) {
    handBack(host, own, []);
    return messageOf(error);
  }
  process.once("exit", () => {
    // What still runs keeps its limits.
    if (runCgroupsIn(host).length === 0) handBack(host, own, controllers);
  });
  return undefined;
}

/** Whoever starts the next host in this group can do so only when it is as it was. */
function handBack(host: string, own: string, controllers: readonly string[]): void {
  try {
    control(host, "-", controllers);
    for (const pid of membersOf(own)) move(pid, host);
    rmdirSync(own);
  } catch {
    // A service manager that made the group also removes it.
  }
}

function control(host: string, sign: "+" | "-", controllers: readonly string[]): void {
  const words = controllers.map((controller) => `${sign}${controller}`);
  if (words.length > 0) writeFileSync(join(host, "cgroup.subtree_control"), words.join(" "));
}

function move(pid: number, group: string): void {
  writeFileSync(join(group, "cgroup.procs"), String(pid));
}

function wordsOf(group: string, file: string): readonly string[] {
  return readFileSync(join(group, file), "utf8").split(/\s+/);
}
