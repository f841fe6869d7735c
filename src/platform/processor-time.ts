/**
 * Ends a tree that has used up its processor time. The kernel counts it for every group, but knows
 * no limit of it: `ulimit -t` would hold for each process alone, and never stop a loop of short ones.
 */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { longestTimerMs } from "../lib/duration.ts";
import { flatKeyed } from "./flat-keyed.ts";

export interface ProcessorTimeWatch {
  /** Whether the tree was ended. */
  readonly spent: boolean;
  stop(): void;
}

const shortestLookMs = 250;

/** Nobody is woken before so many processors could have used up what is left. */
export function nextLookMs(leftSeconds: number, processors: number): number {
  const ms = Math.ceil((leftSeconds * 1000) / processors);
  return Math.min(Math.max(ms, shortestLookMs), longestTimerMs);
}

/** `isOver` says that there is nothing to watch any more; `end` is called once, and is the last. */
export function watchProcessorTime(
  group: string,
  seconds: number,
  { isOver, end }: { isOver: () => boolean; end: () => void },
): ProcessorTimeWatch {
  const processors = cpus().length;
  let spent = false;
  let timer: ReturnType<typeof setTimeout>;
  const lookAfter = (used: number): void => {
    timer = setTimeout(look, nextLookMs(seconds - used, processors));
    timer.unref();
  };
  const look = (): void => {
    if (isOver()) return;
    const used = usedSeconds(group);
    if (used === undefined) return;
    if (used < seconds) return lookAfter(used);
    spent = true;
    end();
  };
  lookAfter(0);
  return {
    get spent() {
      return spent;
    },
    stop: () => clearTimeout(timer),
  };
}

function usedSeconds(group: string): number | undefined {
  try {
    const us = flatKeyed(readFileSync(join(group, "cpu.stat"), "utf8"), "usage_usec");
    return us === undefined ? undefined : us / 1e6;
  } catch {
    // The group is gone with its last member.
    return undefined;
  }
}
