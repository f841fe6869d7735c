// Thousands of runs through one node: what is left of them in its process afterwards.
//   bun run test/bench/soak.ts --runs 10000 [--quiet-minutes 11]
// Commands of every kind that leaves something behind if the host is careless: floods, daemons,
// time limits, programs that are not there. Exits with 1 when files, threads or children grew.
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { invokeNode } from "../../src/operator/invoke-node.ts";
import { OPEN_POLICY } from "../interop/harness/policy-file.ts";
import { memoryOf } from "./process-facts.ts";
import { raiseRig } from "./rig.ts";
import { RunningNode } from "./running-node.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "10000" },
    // After ten minutes nothing of the runs is remembered any more.
    "quiet-minutes": { type: "string", default: "0.2" },
  },
});
const runs = Number(values.runs);
const quietMs = Number(values["quiet-minutes"]) * 60_000;
const callers = 16;
const warmUp = 500;

const shell = (text: string) => ({ command: ["/bin/sh", "-c", text] });
/** Most runs are of the first kind; each of the others is one in fifty. */
const kinds: readonly Readonly<Record<string, unknown>>[] = [
  { command: ["/bin/true"] },
  shell("echo out; echo err >&2; exit 3"),
  shell("yes | head -c 2000000"),
  shell("sleep 1 & exit 0"),
  { ...shell("setsid sleep 600 & setsid sleep 600 & wait"), timeoutMs: 100 },
  { ...shell("trap '' TERM; sleep 600 & wait"), timeoutMs: 50 },
  { command: ["/no/such/program"] },
  { command: ["true"], cwd: "/no/such/directory" },
  { command: ["cat"], stdin: "x".repeat(100_000) },
  { command: ["true"], stdin: "x".repeat(100_000) },
];

interface Facts {
  readonly files: number;
  readonly threads: number;
  readonly children: number;
  readonly rssMiB: number;
}

function factsOf(pid: number): Facts {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return {
    files: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    children: children === "" ? 0 : children.split(" ").length,
    rssMiB: Math.round(memoryOf(pid).rss),
  };
}

function show(when: string, { files, threads, children, rssMiB }: Facts): void {
  console.log(
    `${when.padEnd(14)} files ${files}  threads ${threads}  children ${children}  RSS ${rssMiB} MiB`,
  );
}

await using rig = await raiseRig(undefined);
await using node = await RunningNode.start(rig, rig.ours, await rig.ours.home(OPEN_POLICY));
const { info } = node;

async function perform(count: number): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const turn = (next += 1) % (kinds.length * 50);
      const params = (turn % 50 === 0 ? kinds[turn / 50] : undefined) ?? kinds[0];
      await invokeNode(rig.operator, {
        node: info,
        command: "system.run",
        params: { ...params },
        timeoutMs: 60_000,
        idempotencyKey: randomUUID(),
      });
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  // What was left behind on purpose ends within a second.
  await Bun.sleep(2000);
}

await perform(warmUp);
const before = factsOf(node.pid);
show("before", before);
const startedAt = performance.now();
for (let done = 0; done < runs; done += runs / 4) {
  await perform(runs / 4);
  show(`${done + runs / 4} runs`, factsOf(node.pid));
}
const seconds = (performance.now() - startedAt) / 1000;
await Bun.sleep(quietMs);
const after = factsOf(node.pid);
show(`${(quietMs / 60_000).toFixed(1)} min quiet`, after);
console.log(`${runs} runs in ${seconds.toFixed(0)} s`);
const leaked =
  after.files > before.files + 2 ||
  after.children > before.children ||
  after.threads > before.threads + 4;
process.exitCode = leaked ? 1 : 0;
