// What the node host costs, as ratios taken in one run: `npm run bench`, or for a program that is
// built already:  bun run test/bench/bench.ts [--json] [--reference] [--only WORD]
//
// Everything is on loopback; the gateway and the operator live in this process, nodes are
// processes of the compiled binary (CLAWDBOT_BINARY names another). Numbers are shown beside the
// budgets and never fail the run; the exit code is 1 only if something could not be measured.
//
// --reference puts the real `clawdbot node run` of test/interop/peers beside ours. It must have
// nothing but loopback, and the gateway is in here, so the whole bench goes into a namespace:
//   unshare --net sh -c 'ip link set lo up && exec bun run test/bench/bench.ts --reference'
import { availableParallelism, loadavg, networkInterfaces } from "node:os";
import { parseArgs } from "node:util";
import { type Peers, installedPeers } from "../interop/harness/peers.ts";
import { connectStart } from "./connect-start.ts";
import { idleCpu } from "./idle-cpu.ts";
import { idleMemory } from "./idle-memory.ts";
import { largeOutput } from "./large-output.ts";
import { type Measurement, useOfBudget } from "./measurement.ts";
import { policyDecision } from "./policy-decision.ts";
import { type Rig, raiseRig, smallEnvironment } from "./rig.ts";
import { runLatency } from "./run-latency.ts";
import { runThroughput } from "./run-throughput.ts";
import { type Failed, table } from "./table.ts";
import { versionStart } from "./version-start.ts";

const rows: Readonly<Record<string, (rig: Rig) => Promise<Measurement[]>>> = {
  "version start": versionStart,
  "connect start": connectStart,
  "idle memory": idleMemory,
  "run latency": runLatency,
  "run throughput": runThroughput,
  "large output": largeOutput,
  "policy decision": policyDecision,
  "idle cpu": idleCpu,
};

/** Undefined, with a reason said, when the reference cannot be had here. */
async function referencePeers(): Promise<Peers | undefined> {
  const outside = Object.keys(networkInterfaces()).filter((name) => name !== "lo");
  if (outside.length > 0) {
    console.error(`The reference would see ${outside.join(", ")}: run the bench in a namespace:
  unshare --net sh -c 'ip link set lo up && exec bun run test/bench/bench.ts --reference'`);
    return undefined;
  }
  const peers = await installedPeers();
  if (peers === undefined) {
    console.error("The reference is not installed: npm run test:interop installs it");
  }
  return peers;
}

async function main(): Promise<number> {
  const flag = { type: "boolean", default: false } as const;
  const options = { json: flag, reference: flag, only: { type: "string" } } as const;
  const { values } = parseArgs({ options });
  const peers = values.reference ? await referencePeers() : undefined;
  const measured: Measurement[] = [];
  const failed: Failed[] = [];
  if (values.reference && peers === undefined) {
    failed.push({ what: "reference", problem: "see above" });
  }
  await using rig = await raiseRig(peers);
  for (const [what, measure] of Object.entries(rows)) {
    if (!what.includes(values.only ?? "")) continue;
    console.error(`measuring ${what} …`);
    try {
      measured.push(...(await measure(rig)));
    } catch (error) {
      failed.push({ what, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  const env = smallEnvironment(rig.directory);
  const program = Bun.spawnSync([rig.binary, "--version"], { env }).stdout.toString().trim();
  const machine = { bun: Bun.version, cpus: availableParallelism(), load: loadavg()[0] ?? 0 };
  if (values.json) {
    const lines = measured.map((row) => ({ ...row, useOfBudget: useOfBudget(row) }));
    console.log(JSON.stringify({ v: 1, program, machine, measured: lines, failed }, null, 2));
  } else {
    const { bun, cpus, load } = machine;
    console.log(`${program}; Bun ${bun}, ${cpus} CPUs, load ${load.toFixed(1)}\n`);
    console.log(table(measured, failed));
  }
  return failed.length === 0 ? 0 : 1;
}

// Limits of the harness that never struck would keep the process for a while.
process.exit(await main());
