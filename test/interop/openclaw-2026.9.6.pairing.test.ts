// How a machine becomes a node of the real OpenClaw 2026.9.6, stays one, and stops being one.
import { expect } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startHelper } from "./harness/helper-program.ts";
import { OpenClawGateway } from "./harness/openclaw-gateway.ts";
import { openClawNodeHome, startOpenClawNode } from "./harness/openclaw-node.ts";
import { ourNodeHome, startOurNode } from "./harness/our-node.ts";
import { OurOperator } from "./harness/our-operator.ts";
import { ourPart } from "./harness/our-program.ts";
import { OPEN_POLICY } from "./harness/policy-file.ts";
import { onStage } from "./harness/scene.ts";
import { stateDirectory } from "./harness/state-directory.ts";

const PROXY_PORT = 18_790;
const SKEWED_PORT = 18_791;
const LIMIT_MS = 40_000;
const echo = ["/bin/echo", "hi"];

let gateway: OpenClawGateway;
let ours: OurOperator;

const scene = onStage(async (stage) => {
  const trustedProxies = ["127.0.0.1"];
  gateway = await OpenClawGateway.start(stage, { version: "2026.9.6", trustedProxies });
  await startHelper(stage, "forwarding-proxy", String(PROXY_PORT), String(gateway.port));
  ours = await OurOperator.create(stage, gateway);
});

async function storedToken(home: string): Promise<string | undefined> {
  const text = await readFile(join(stateDirectory(home), "node.json"), "utf8");
  return (JSON.parse(text) as { token?: string }).token;
}

scene("from afar: the device, then its commands, both approved by our operator", async (stage) => {
  const home = await ourNodeHome(stage, OPEN_POLICY);
  const common = { home, name: "far", port: PROXY_PORT };
  const node = startOurNode(stage, { ...common, token: gateway.token });
  const told = await node.says(/clawdbot nodes approve (\S+) --url/, LIMIT_MS);
  const device = await ours.pendingRequest("far");
  expect(told[1]).toBe(device);
  expect((await ours.call("nodes", "approve", device)).code).toBe(0);

  // One word of ours lets the device in, and its commands as soon as they are asked for.
  await ours.untilConnected("far", ({ commands }) => commands.length === 5);
  await node.says(/the commands of this node are approved/, LIMIT_MS);
  expect((await ours.run("far", echo)).stdout).toBe("hi\n");

  // From now on the token that the gateway gave to this device is enough, also from afar.
  expect((await node.stop()).code).toBe(0);
  await ours.untilDisconnected("far");
  const again = startOurNode(stage, common);
  await ours.untilConnected("far", ({ commands }) => commands.length === 5);
  expect((await ours.run("far", echo)).stdout).toBe("hi\n");
  await again.stop();
});

scene("a setup code of ours lets a node in with its commands, once", async (stage) => {
  const made = await ours.call("devices", "setup-code", "--public-url", gateway.url);
  expect(made.code).toBe(0);
  const code = made.stdout.trim();
  const home = await ourNodeHome(stage, OPEN_POLICY);
  const pair = (at: string, ...more: string[]) =>
    ourPart({ role: "our node with a code", args: ["node", "run", ...more], home: at });
  const node = stage.start(pair(home, "--pair", code, "--display-name", "coded"));
  await ours.untilConnected("coded", ({ commands }) => commands.length === 5);
  expect((await ours.run("coded", echo)).stdout).toBe("hi\n");
  expect(await storedToken(home)).toBeString();
  expect(await readFile(join(stateDirectory(home), "node.json"), "utf8")).not.toContain(code);
  await node.stop();

  const stranger = await ourNodeHome(stage);
  const refused = await stage.run(pair(stranger, "--pair", code, "--once"), LIMIT_MS);
  expect(refused.code).toBe(10);
  expect(refused.stderr).toContain("clawdbot devices setup-code");
});

scene("a token that is rotated while the node runs is replaced by the new one", async (stage) => {
  const home = await ourNodeHome(stage, OPEN_POLICY);
  const common = { home, name: "rotated", port: gateway.port };
  const node = startOurNode(stage, { ...common, token: gateway.token });
  await ours.untilConnected("rotated");
  await ours.approveCommands("rotated");
  const before = await storedToken(home);
  expect((await ours.call("devices", "rotate", "rotated", "--role", "node")).code).toBe(0);
  await node.says(/the gateway ended the connection/, LIMIT_MS);
  await ours.untilConnected("rotated", ({ commands }) => commands.length === 5);
  expect(await storedToken(home)).not.toBe(before);
  expect((await ours.run("rotated", echo)).stdout).toBe("hi\n");
  await node.stop();
  await ours.untilDisconnected("rotated");

  // Without the Gateway's own token nobody can hand it the next one: that is said, and tried again.
  const alone = startOurNode(stage, common);
  await ours.untilConnected("rotated");
  expect((await ours.call("devices", "rotate", "rotated", "--role", "node")).code).toBe(0);
  await alone.says(/--token-file FILE/, LIMIT_MS);
  expect(alone.isRunning).toBe(true);
  await alone.stop();
});

scene("commands that are rejected, and a node that is removed, serve nothing", async (stage) => {
  const home = await ourNodeHome(stage, OPEN_POLICY);
  const node = startOurNode(stage, {
    home,
    name: "unwanted",
    port: PROXY_PORT,
    token: gateway.token,
  });
  // Their own tool approves the device alone.
  const device = await ours.pendingRequest("unwanted");
  expect((await gateway.call("devices", "approve", device)).code).toBe(0);
  await ours.untilConnected("unwanted");
  await node.says(/its commands wait for an operator's approval/, LIMIT_MS);
  const surface = await ours.pendingRequest("unwanted");
  expect((await ours.call("nodes", "reject", surface)).code).toBe(0);
  expect((await ours.run("unwanted", echo)).code).not.toBe(0);
  expect(node.isRunning).toBe(true);

  expect((await ours.call("nodes", "remove", "unwanted")).code).toBe(0);
  await node.says(/removed this node|the gateway ended the connection|pairing required/, LIMIT_MS);
  await ours.untilDisconnected("unwanted");
  expect(node.isRunning).toBe(true);
  await node.stop();
});

scene("clocks two hours apart: the gateway refuses, and the remedy is said", async (stage) => {
  const skewMs = -2 * 3_600_000;
  const ports = [SKEWED_PORT, gateway.port];
  await startHelper(stage, "forwarding-proxy", ...ports.map(String), String(skewMs));
  const home = await ourNodeHome(stage);
  const node = startOurNode(stage, { home, name: "late", port: SKEWED_PORT, token: gateway.token });
  await node.says(/Set the clocks of this machine and of the gateway/, LIMIT_MS);
  expect(node.isRunning).toBe(true);
  await node.stop();
});

scene(
  "the state of a real OpenClaw node is taken over: same device, same approval",
  async (stage) => {
    const theirHome = await openClawNodeHome(stage);
    const theirs = await startOpenClawNode(stage, {
      version: "2026.9.6",
      home: theirHome,
      name: "moved",
      port: gateway.port,
      token: gateway.token,
    });
    const { nodeId } = await ours.untilConnected("moved");
    await ours.approveCommands("moved");
    theirs.killNow();
    await theirs.ended;
    await ours.untilDisconnected("moved");

    const home = await ourNodeHome(stage);
    const from = ["node", "import", "--from", join(theirHome, ".openclaw")];
    const imported = await stage.run(ourPart({ role: "import", args: from, home }), LIMIT_MS);
    expect(imported.code).toBe(0);
    startOurNode(stage, { home, name: "moved", port: gateway.port });
    const moved = await ours.untilConnected("moved", ({ commands }) => commands.length === 5);
    expect(moved.nodeId).toBe(nodeId);
    const which = await ours.invoke("moved", "system.which", { bins: ["sh"] });
    expect(which.code).toBe(0);
  },
);
