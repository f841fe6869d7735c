import { longestTimerMs } from "../lib/duration.ts";
import type { Clock, Random } from "./ports.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    // A longer delay would fire at once.
    const timer = setTimeout(callback, Math.min(ms, longestTimerMs));
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  uuid: () => crypto.randomUUID(),
  unit: () => Math.random(),
};
