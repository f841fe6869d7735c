/** The limits of a run's control group: what the kernel is told, and what it says of them. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flatKeyed } from "./flat-keyed.ts";
import type { TreeLimits } from "./ports.ts";

/** Throws where the kernel does not take them. */
export function setLimits(group: string, { memory, processes }: TreeLimits): void {
  const set = (file: string, value: number): void =>
    writeFileSync(join(group, file), String(value));
  if (memory !== undefined) {
    set("memory.max", memory.most);
    // Otherwise the tree would go on in the swap space, and slow down everything else.
    if (existsSync(join(group, "memory.swap.max"))) set("memory.swap.max", 0);
    // Half of a tree is of no use to anybody.
    set("memory.oom.group", 1);
  }
  if (processes !== undefined) set("pids.max", processes.most);
}

/** The words of the limits that the tree ran into, as far as the kernel counts them. */
export function reachedLimits(group: string, { memory, processes }: TreeLimits): readonly string[] {
  const reached: string[] = [];
  if (memory !== undefined && wasKilled(textOf(group, "memory.events"))) reached.push(memory.words);
  if (processes !== undefined && (flatKeyed(textOf(group, "pids.events"), "max") ?? 0) > 0) {
    reached.push(processes.words);
  }
  return reached;
}

/**
 * `oom` counts how often this group's own limit was in the way, `oom_kill` also the victims of a
 * machine or a service that has no memory left.
 */
export function wasKilled(events: string): boolean {
  return (flatKeyed(events, "oom") ?? 0) > 0 && (flatKeyed(events, "oom_kill") ?? 0) > 0;
}

function textOf(group: string, file: string): string {
  try {
    return readFileSync(join(group, file), "utf8");
  } catch {
    // The controllers were taken away meanwhile: nothing is known.
    return "";
  }
}
