// Row 8: what a connected node does while nobody wants anything, against a program that holds a
// WebSocket open and has nothing else: the runtime itself wakes up a few times a second for that.
import { OPEN_POLICY } from "../interop/harness/policy-file.ts";
import { compileScript } from "./compile-script.ts";
import type { Measurement } from "./measurement.ts";
import { type Activity, activityOf } from "./process-facts.ts";
import type { Rig } from "./rig.ts";
import { RunningNode } from "./running-node.ts";

/** The collector's own timer only slows down after half a minute without work. */
const SETTLE_MS = 45_000;
const WATCH_MS = 5000;
/** A tick comes every 30 s: at most one of these has it, and the middle one counts. */
const WINDOWS = 3;

export async function idleCpu(rig: Rig): Promise<Measurement[]> {
  await using stack = new AsyncDisposableStack();
  const node = await RunningNode.start(rig, rig.ours, await rig.ours.home(OPEN_POLICY));
  stack.use(node);
  const server = silentServer();
  stack.defer(() => server.stop(true));
  const code = `new WebSocket("ws://127.0.0.1:${server.port}");`;
  const bare = await compileScript(rig.directory, "bare-socket", code);
  const child = rig.start({ role: "bare socket", argv: [bare], home: rig.directory });
  stack.defer(() => child.killNow());
  await Bun.sleep(SETTLE_MS);
  const windows: { readonly ours: Activity; readonly floor: Activity }[] = [];
  for (let window = 0; window < WINDOWS; window += 1) {
    const before = { ours: activityOf(node.pid), floor: activityOf(child.pid) };
    await Bun.sleep(WATCH_MS);
    windows.push({
      ours: difference(before.ours, activityOf(node.pid)),
      floor: difference(before.floor, activityOf(child.pid)),
    });
  }
  const ours = middle(windows.map((window) => window.ours));
  const floor = middle(windows.map((window) => window.floor));
  return [
    {
      what: "idle: wake-ups ÷ bare WebSocket",
      value: ours.wakeUps / floor.wakeUps,
      unit: "×",
      // One more of a timer in these seconds is chance; a timer of ours that repeats is not.
      budget: { kind: "at most", value: 1.5 },
      detail: `${facts(ours)} ÷ ${facts(floor)}, in ${WATCH_MS / 1000} s, middle of ${WINDOWS}`,
    },
  ];
}

function silentServer(): Bun.Server<undefined> {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, server) =>
      server.upgrade(request) ? undefined : new Response(null, { status: 426 }),
    websocket: { message() {}, idleTimeout: 0, sendPings: false },
  });
}

function middle(activities: readonly Activity[]): Activity {
  const sorted = activities.toSorted((a, b) => a.wakeUps - b.wakeUps);
  const found = sorted[Math.floor(sorted.length / 2)];
  if (found === undefined) throw new Error("nothing was measured");
  return found;
}

function difference(before: Activity, after: Activity): Activity {
  return {
    ticks: after.ticks - before.ticks,
    cpuMs: after.cpuMs - before.cpuMs,
    switches: after.switches - before.switches,
    wakeUps: after.wakeUps - before.wakeUps,
  };
}

function facts({ ticks, cpuMs, switches, wakeUps }: Activity): string {
  const work = `${ticks} ticks, ${cpuMs.toFixed(2)} ms of CPU`;
  return `${wakeUps} (${switches} switches of all threads, ${work})`;
}
