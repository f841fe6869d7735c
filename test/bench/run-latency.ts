// Row 4: what a run through gateway and node costs more than the same run from here.
import { OPEN_POLICY, type Policy } from "../interop/harness/policy-file.ts";
import { bareRun } from "./bare-run.ts";
import type { Contender } from "./contender.ts";
import type { Measurement } from "./measurement.ts";
import { quantile } from "./quantile.ts";
import type { Rig } from "./rig.ts";
import { RunningNode } from "./running-node.ts";

const COMMAND = ["/bin/true"];
const BATCHES = 20;
const BATCH = 20;
/** Batches at the beginning that only warm up. */
const WARM_UP = 3;

const LISTED: Policy = {
  security: "allowlist",
  ask: "on-miss",
  allowlist: ["/usr/bin/git", "/usr/bin/ls", "~/bin/*", "/usr/local/**/bin/*", "/bin/true"],
};

interface Lane {
  readonly once: () => Promise<void>;
  readonly total: number[];
  readonly inNode: number[];
}

export async function runLatency(rig: Rig): Promise<Measurement[]> {
  await using stack = new AsyncDisposableStack();
  const nodeLane = async (contender: Contender, policy: Policy): Promise<Lane> => {
    const node = await RunningNode.start(rig, contender, await contender.home(policy));
    stack.use(node);
    return lane(() => node.run(COMMAND));
  };
  const bare = lane(async () => void (await bareRun(COMMAND, rig.directory)));
  const full = await nodeLane(rig.ours, OPEN_POLICY);
  const listed = await nodeLane(rig.ours, LISTED);
  const reference = rig.reference && (await nodeLane(rig.reference, OPEN_POLICY));
  const lanes = [bare, full, listed, ...(reference === undefined ? [] : [reference])];
  for (let batch = -WARM_UP; batch < BATCHES; batch += 1) {
    for (const current of lanes) await runBatch(rig, current, batch >= 0);
  }
  const budget = { kind: "at most", value: 1.5 } as const;
  const what = "system.run /bin/true − bare spawn, p50";
  return [
    {
      what,
      ...excess(full, bare),
      unit: "ms",
      budget,
      ...(reference === undefined ? {} : { reference: excess(reference, bare) }),
    },
    { what: `${what}, by allowlist`, ...excess(listed, bare), unit: "ms", budget },
  ];
}

function lane(once: () => Promise<void>): Lane {
  return { once, total: [], inNode: [] };
}

async function runBatch(rig: Rig, { once, total, inNode }: Lane, counts: boolean): Promise<void> {
  for (let run = 0; run < BATCH; run += 1) {
    const startedAt = performance.now();
    await once();
    if (!counts) continue;
    total.push(performance.now() - startedAt);
    inNode.push(rig.tap.lastInvocationMs);
  }
}

function excess({ total, inNode }: Lane, bare: Lane): { value: number; detail: string } {
  const p50 = quantile(total, 0.5);
  const floor = quantile(bare.total, 0.5);
  const texts = [
    `p50 ${p50.toFixed(2)} (in the node ${quantile(inNode, 0.5).toFixed(2)})`,
    `p99 ${quantile(total, 0.99).toFixed(2)}`,
    `bare p50 ${floor.toFixed(2)} p99 ${quantile(bare.total, 0.99).toFixed(2)}`,
    `${total.length} runs`,
  ];
  return { value: p50 - floor, detail: texts.join(", ") };
}
