// Our node and OpenClaw's own through the same real OpenClaw gateway, one after the other, in one
// run: `npm run bench:openclaw`. Needs root, as the interop tests do. For a program that is built:
//   bun run test/bench/openclaw.ts [RUNS]
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import type { Child } from "../interop/harness/child.ts";
import { OpenClawGateway } from "../interop/harness/openclaw-gateway.ts";
import { openClawNodeHome, startOpenClawNode } from "../interop/harness/openclaw-node.ts";
import { ourNodeHome, startOurNode } from "../interop/harness/our-node.ts";
import { OurOperator } from "../interop/harness/our-operator.ts";
import { OPEN_POLICY } from "../interop/harness/policy-file.ts";
import { type Stage, raiseStage } from "../interop/harness/stage.ts";
import { quantile } from "./quantile.ts";

const VERSION = "2026.9.6";
const LIMIT_MS = 120_000;
const SCRIPT = fileURLToPath(import.meta.resolve("../interop/scripts/run-latency.ts"));
const runs = Number(process.argv[2] ?? 100);

interface Row {
  readonly node: string;
  readonly connectMs: number;
  readonly p50: number;
  readonly p99: number;
}

async function measure(
  stage: Stage,
  gateway: OpenClawGateway,
  node: string,
  start: () => Promise<Child>,
): Promise<Row> {
  const ours = await OurOperator.create(stage, gateway);
  const first = await start();
  const { nodeId } = await ours.untilConnected(node);
  await ours.approveCommands(node);
  await leave(first, ours, node);

  // The second start is what a service does every day: paired, approved, compiled code in its cache.
  const started = Date.now();
  const child = await start();
  const { connectedAtMs = Number.NaN } = await ours.untilConnected(
    node,
    ({ commands }) => commands.length > 0,
  );
  const ended = await stage.run(
    {
      role: `runs on ${node}`,
      argv: [process.execPath, SCRIPT, nodeId, String(runs)],
      home: await stage.home("latency"),
      env: { CLAWDBOT_GATEWAY_URL: gateway.url, CLAWDBOT_GATEWAY_TOKEN: gateway.token },
    },
    LIMIT_MS,
  );
  await leave(child, ours, node);
  const times = JSON.parse(ended.stdout) as number[];
  return {
    node,
    connectMs: connectedAtMs - started,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

async function leave(child: Child, ours: OurOperator, node: string): Promise<void> {
  await child.stop(LIMIT_MS);
  await ours.untilDisconnected(node);
}

const stage = await raiseStage();
try {
  const gateway = await OpenClawGateway.start(stage, { version: VERSION });
  const { port, token } = gateway;
  const ourHome = await ourNodeHome(stage, OPEN_POLICY);
  const theirHome = await openClawNodeHome(stage);
  const ours = { home: ourHome, name: "clawdbot", port, token };
  const theirs = { version: VERSION, home: theirHome, name: "openclaw", port, token } as const;
  const rows = [
    await measure(stage, gateway, ours.name, async () => startOurNode(stage, ours)),
    await measure(stage, gateway, theirs.name, () => startOpenClawNode(stage, theirs)),
  ];
  console.log(`gateway OpenClaw ${VERSION}, ${runs} runs of /bin/true each`);
  console.log(`load ${loadavg()[0]?.toFixed(1)}`);
  for (const { node, connectMs, p50, p99 } of rows) {
    const shown = `connected after ${connectMs} ms, /bin/true p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
    console.log(`${node.padEnd(10)}${shown}`);
  }
} catch (error) {
  console.error(stage.transcript());
  throw error;
} finally {
  stage.strike();
}
