// Row 3: what a connected node with nothing to do keeps in memory.
import { OPEN_POLICY } from "../interop/harness/policy-file.ts";
import type { Contender } from "./contender.ts";
import type { Measurement } from "./measurement.ts";
import { memoryOf } from "./process-facts.ts";
import type { Rig } from "./rig.ts";
import { RunningNode } from "./running-node.ts";

const IDLE_MS = 3000;

export async function idleMemory(rig: Rig): Promise<Measurement[]> {
  const ours = await memoryWhenIdle(rig, rig.ours);
  const theirs = rig.reference && (await memoryWhenIdle(rig, rig.reference));
  return [
    {
      what: "resident memory, connected and idle",
      ...ours,
      unit: "MiB",
      budget: { kind: "at most", value: 60 },
      ...(theirs === undefined ? {} : { reference: theirs }),
    },
  ];
}

async function memoryWhenIdle(
  rig: Rig,
  contender: Contender,
): Promise<{ value: number; detail: string }> {
  await using node = await RunningNode.start(rig, contender, await contender.home(OPEN_POLICY));
  await Bun.sleep(IDLE_MS);
  const { rss, pss, anonymous } = memoryOf(node.pid);
  const detail = `RSS after ${IDLE_MS / 1000} s; PSS ${pss.toFixed(1)}, anonymous ${anonymous.toFixed(1)}`;
  return { value: rss, detail };
}
