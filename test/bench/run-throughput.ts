// Row 5: 32 callers at once, against 32 bare spawns in flight.
import { OPEN_POLICY } from "../interop/harness/policy-file.ts";
import { bareRun } from "./bare-run.ts";
import type { Measurement } from "./measurement.ts";
import { median } from "./quantile.ts";
import type { Rig } from "./rig.ts";
import { RunningNode } from "./running-node.ts";

const COMMAND = ["/bin/true"];
const CALLERS = 32;
const RUNS = 640;
const ROUNDS = 21;
/**
 * Rounds in which both sides get their code compiled: the compiler works on the same processors for
 * the first ten thousand runs.
 */
const WARM_UP = 14;

export async function runThroughput(rig: Rig): Promise<Measurement[]> {
  await using node = await RunningNode.start(rig, rig.ours, await rig.ours.home(OPEN_POLICY));
  const rates = { bare: [] as number[], node: [] as number[] };
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const bare = await rateOf(async () => void (await bareRun(COMMAND, rig.directory)));
    const through = await rateOf(() => node.run(COMMAND));
    if (round < 0) continue;
    rates.bare.push(bare);
    rates.node.push(through);
  }
  const [through, bare] = [median(rates.node), median(rates.bare)];
  // Round by round: a machine that gets slower meanwhile is slower for both.
  const shares = rates.node.map((rate, round) => (100 * rate) / (rates.bare[round] ?? Number.NaN));
  return [
    {
      what: `${CALLERS} callers at once ÷ bare spawning`,
      value: median(shares),
      unit: "%",
      budget: { kind: "at least", value: 80 },
      detail: `${through.toFixed(0)} ÷ ${bare.toFixed(0)} runs/s, ${ROUNDS} rounds of ${RUNS} after ${WARM_UP}`,
    },
  ];
}

/** Runs per second. */
async function rateOf(once: () => Promise<void>): Promise<number> {
  let left = RUNS;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await once();
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (1000 * RUNS) / (performance.now() - startedAt);
}
