// The line is cut at every step of an exchange, and the gateway asks again for what it got no answer
// to: the command runs once, and its answer arrives.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { CuttingProxy } from "../fakes/cutting-proxy.ts";
import { RunningNode, everything } from "./running-node.ts";

type Side = "up" | "down";

/** Sizes of the frames of one exchange, as the proxy sees them. */
interface Sizes {
  readonly request: number;
  readonly event: number;
  readonly result: number;
  readonly acknowledgement: number;
}

/** Header, and the mask of frames that a client sends. */
const header = (bytes: number, masked: boolean) => (bytes < 126 ? 2 : 4) + (masked ? 4 : 0);

const steps: readonly (readonly [string, Side, (sizes: Sizes) => number])[] = [
  ["before the request", "down", () => 0],
  ["in its first byte", "down", () => 1],
  ["in the middle of the request", "down", ({ request }) => Math.floor(request / 2)],
  ["just before its end", "down", ({ request }) => request - 1],
  ["after the request, before any answer", "up", () => 0],
  ["in the first byte of the event", "up", () => 1],
  ["in the middle of the event", "up", ({ event }) => Math.floor(event / 2)],
  ["between event and result", "up", ({ event }) => event],
  ["in the first byte of the result", "up", ({ event }) => event + 1],
  ["in the middle of the result", "up", ({ event, result }) => event + Math.floor(result / 2)],
  ["just before the end of the result", "up", ({ event, result }) => event + result - 1],
  ["after event and result, before they are taken", "down", ({ request }) => request],
  [
    "when the event is taken, and the result is not",
    "down",
    ({ request, acknowledgement }) => request + acknowledgement,
  ],
  [
    "in the middle of the last word",
    "down",
    ({ request, acknowledgement }) => request + Math.floor(1.5 * acknowledgement),
  ],
];

describe("a line that is cut", () => {
  test.each(steps)("%s", async (_step, side, bytesOf) => {
    await using node = new RunningNode({ policy: everything });
    await using proxy = new CuttingProxy(node.gateway.port);
    node.url = proxy.url;
    node.host.start();
    await node.gateway.until(() => node.gateway.connected);

    const ask = (name: string) => {
      const marker = node.at(name);
      const command = ["/bin/sh", "-c", `echo ran >> ${marker}; echo said`];
      const paramsJSON = JSON.stringify({ command, runId: `run-${name}` });
      return { id: name, nodeId: "n", command: "system.run", paramsJSON };
    };
    // The same exchange once without a cut tells the sizes.
    const first = ask("marker-1");
    await node.gateway.answerTo(first);
    const event = JSON.stringify({ type: "event", event: "node.invoke.request", payload: first });
    const [up1 = 0, up2 = 0] = node.gateway.frames.map(({ text }) => text.length);
    const taken = JSON.stringify({
      type: "res",
      id: crypto.randomUUID(),
      ok: true,
      payload: { ok: true },
    });
    const sizes: Sizes = {
      request: event.length + header(event.length, false),
      event: up1 + header(up1, true),
      result: up2 + header(up2, true),
      acknowledgement: taken.length + header(taken.length, false),
    };

    const second = ask("marker-2");
    const answers = () =>
      node.gateway.frames.filter(
        ({ method, params }) => method === "node.invoke.result" && params.id === second.id,
      );
    const before = node.gateway.connects.length;
    proxy.cutAfter(side, bytesOf(sizes));
    node.gateway.send(second);
    await node.gateway.until(() => node.gateway.connects.length > before, "the node comes back");
    expect(proxy.done).toBe(true);
    if (answers().length === 0) node.gateway.send(second);
    await node.gateway.until(() => answers().length > 0, "the answer");
    // Whatever is on its way twice has come by then.
    await node.gateway.run({ command: ["/bin/true"] });

    expect(readFileSync(node.at("marker-2"), "utf8")).toBe("ran\n");
    for (const { params } of answers()) {
      expect(JSON.parse(params.payloadJSON)).toMatchObject({ exitCode: 0, stdout: "said\n" });
    }
    const events = node.gateway.frames.filter(({ params }) =>
      params.payloadJSON?.includes("run-marker-2"),
    );
    expect(events.length).toBeGreaterThan(0);
    await node.host.drain(0);
  });
});
