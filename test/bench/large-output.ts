// Row 6: a command that prints 100 MB: how long, and how much memory the node takes for it.
import { join } from "node:path";
import { OPEN_POLICY } from "../interop/harness/policy-file.ts";
import { bareRun } from "./bare-run.ts";
import type { Measurement } from "./measurement.ts";
import { peakOf, resetPeak } from "./process-facts.ts";
import { median } from "./quantile.ts";
import type { Rig } from "./rig.ts";
import { RunningNode } from "./running-node.ts";

const BYTES = 100_000_000;
const LINE = `${"the quick brown fox jumps over the lazy dog ".repeat(3).slice(0, 99)}\n`;
const ROUNDS = 5;
const SMALL_RUNS = 50;

export async function largeOutput(rig: Rig): Promise<Measurement[]> {
  const file = join(rig.directory, "large.txt");
  await Bun.write(file, LINE.repeat(BYTES / LINE.length));
  const command = ["/bin/cat", file];
  await using node = await RunningNode.start(rig, rig.ours, await rig.ours.home(OPEN_POLICY));
  // What any run takes for good is not the price of this one.
  for (let run = 0; run < SMALL_RUNS; run += 1) await node.run(["/bin/true"]);
  const before = resetPeak(node.pid);
  const times = { bare: [] as number[], node: [] as number[] };
  let firstPeak: number | undefined;
  for (let round = 0; round < ROUNDS; round += 1) {
    times.bare.push(await timeOf(async () => assertWhole(await bareRun(command, rig.directory))));
    times.node.push(await timeOf(() => node.run(command)));
    firstPeak ??= peakOf(node.pid);
  }
  const growth = peakOf(node.pid) - before;
  const first = (firstPeak ?? before) - before;
  const [through, bare] = [median(times.node), median(times.bare)];
  return [
    {
      what: "100 MB of output: time ÷ bare piping",
      value: through / bare,
      unit: "×",
      budget: { kind: "at most", value: 1.5 },
      detail: `${through.toFixed(0)} ms ÷ ${bare.toFixed(0)} ms, ${ROUNDS} rounds`,
    },
    {
      what: "100 MB of output: peak memory growth",
      value: growth,
      unit: "MiB",
      budget: { kind: "at most", value: 16 },
      detail: `over ${before.toFixed(1)}; first time ${first.toFixed(1)}, largest of ${ROUNDS} shown`,
    },
  ];
}

function assertWhole(bytes: number): void {
  if (bytes !== BYTES) throw new Error(`only ${bytes} bytes were printed`);
}

async function timeOf(run: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}
