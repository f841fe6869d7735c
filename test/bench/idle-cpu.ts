// Row 8: what a connected node does while nobody wants anything.
import { OPEN_POLICY } from "../interop/harness/policy-file.ts";
import type { Measurement } from "./measurement.ts";
import { activityOf } from "./process-facts.ts";
import type { Rig } from "./rig.ts";
import { RunningNode } from "./running-node.ts";

const SETTLE_MS = 2000;
const WATCH_MS = 5000;

export async function idleCpu(rig: Rig): Promise<Measurement[]> {
  const home = await rig.ours.home(OPEN_POLICY);
  await using node = await RunningNode.start(rig, rig.ours, home);
  // The start is over then, also for a compiler or a collector in the background.
  await Bun.sleep(SETTLE_MS);
  const before = activityOf(node.pid);
  await Bun.sleep(WATCH_MS);
  const after = activityOf(node.pid);
  const seconds = WATCH_MS / 1000;
  const [ticks, cpuMs, switches] = [
    after.ticks - before.ticks,
    after.cpuMs - before.cpuMs,
    after.switches - before.switches,
  ];
  return [
    {
      what: "idle: context switches of all threads",
      value: switches / seconds,
      unit: "/s",
      detail: `${switches} switches, ${ticks} ticks, ${cpuMs.toFixed(2)} ms of CPU in ${seconds} s`,
    },
  ];
}
