// A node whose commands wait for approval, with the frames that a real OpenClaw 2026.9.6 sent.
import { expect, test } from "bun:test";
import { CommandLine } from "../fakes/command-line.ts";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import approvedEvent from "../fixtures/openclaw/commands-approved.json" with { type: "json" };
import answers from "../fixtures/openclaw/inventory-answers.json" with { type: "json" };

test("a node says that its commands wait, stays connected, and serves when they are approved", async () => {
  const refusal = answers.find(({ ok }) => !ok)?.error ?? { code: "", message: "" };
  const refuses = { "node.runnerInventory.update": refusal };
  await using gateway = new InvokingGateway({ protocol: 4, version: "2026.9.6", refuses });
  using line = new CommandLine();
  const running = line.call("node", "run", "--url", gateway.url);
  await gateway.until(() => gateway.frames.length > 0, "the node asks");
  expect(gateway.frames[0]).toMatchObject({
    method: "node.runnerInventory.update",
    params: { protocolFeatures: [] },
  });
  const payload = { ...approvedEvent.payload, nodeId: gateway.connects[0].device.id };
  gateway.say(JSON.stringify({ ...approvedEvent, payload }));
  // Behind the event on the same line: once it is answered, the event was read.
  await gateway.invoke("system.which", { bins: ["sh"] });
  await line.signal("SIGTERM");
  const { code, stderr } = await running;
  expect([code, gateway.connects.length]).toEqual([0, 1]);
  const request = approvedEvent.payload.requestId;
  const told = [
    "connected, but its commands wait for an operator's approval",
    `clawdbot nodes approve ${request} --url ${gateway.url}/`,
    `openclaw nodes approve ${request}`,
    "the commands of this node are approved",
  ].map((text) => stderr.indexOf(text));
  expect(told.every((place) => place >= 0)).toBe(true);
  expect(told).toEqual(told.toSorted((left, right) => left - right));
});
