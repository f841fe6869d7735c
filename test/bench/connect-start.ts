// Row 2: how long a restarted node takes until its connect request is at the gateway.
import { OPEN_POLICY } from "../interop/harness/policy-file.ts";
import type { Contender } from "./contender.ts";
import type { Measurement } from "./measurement.ts";
import { median, quantile } from "./quantile.ts";
import type { Rig } from "./rig.ts";
import { RunningNode } from "./running-node.ts";

const RUNS = 15;
const REFERENCE_RUNS = 10;

export async function connectStart(rig: Rig): Promise<Measurement[]> {
  const ours = await startsOf(rig, rig.ours, RUNS);
  const theirs = rig.reference && (await startsOf(rig, rig.reference, REFERENCE_RUNS));
  return [
    {
      what: "start → connect request",
      ...ours,
      unit: "ms",
      budget: { kind: "at most", value: 150 },
      ...(theirs === undefined ? {} : { reference: theirs }),
    },
  ];
}

async function startsOf(
  rig: Rig,
  contender: Contender,
  runs: number,
): Promise<{ value: number; detail: string }> {
  const home = await contender.home(OPEN_POLICY);
  // The first start makes an identity and is paired; it is told apart.
  const first = await oneStart(rig, contender, home);
  const later: number[] = [];
  for (let run = 0; run < runs; run += 1) later.push(await oneStart(rig, contender, home));
  const spread = `p90 ${quantile(later, 0.9).toFixed(0)}`;
  return {
    value: median(later),
    detail: `median of ${runs}, ${spread}, very first start ${first.toFixed(0)} ms`,
  };
}

async function oneStart(rig: Rig, contender: Contender, home: string): Promise<number> {
  await using node = await RunningNode.start(rig, contender, home);
  return node.connectMs;
}
