// Pairing as a remote machine lives it: our node reaches a real gateway through a proxy that
// forwards for a public address, so that nothing is approved silently.
import { expect } from "bun:test";
import type { Child } from "./harness/child.ts";
import { eventually } from "./harness/eventually.ts";
import { startHelper } from "./harness/helper-program.ts";
import { ourNodeHome, startOurNode } from "./harness/our-node.ts";
import { OurOperator } from "./harness/our-operator.ts";
import { OPEN_POLICY } from "./harness/policy-file.ts";
import { ReferenceCli } from "./harness/reference-cli.ts";
import { ReferenceGateway } from "./harness/reference-gateway.ts";
import { onStage } from "./harness/scene.ts";
import type { Stage } from "./harness/stage.ts";

const PROXY_PORT = 18_790;
const ASK_LIMIT_MS = 30_000;

let gateway: ReferenceGateway;
let operator: OurOperator;

const scene = onStage(async (stage) => {
  gateway = await ReferenceGateway.start(stage);
  await startHelper(stage, "forwarding-proxy", String(PROXY_PORT), String(gateway.port));
  operator = await OurOperator.create(stage, gateway);
});

async function startFarNode(
  stage: Stage,
  name: string,
  ...flags: string[]
): Promise<Child & { home: string }> {
  const home = await ourNodeHome(stage, OPEN_POLICY);
  const child = startOurNode(stage, { home, name, port: PROXY_PORT, token: gateway.token, flags });
  return Object.assign(child, { home });
}

/** The id under which the gateway keeps the request of this node. */
async function pendingRequest(name: string, isNot?: string): Promise<string> {
  return eventually(
    `the gateway has a request of "${name}"`,
    ASK_LIMIT_MS,
    async () =>
      (await gateway.devices("pending")).find(
        (device) => device.displayName === name && device.requestId !== isNot,
      )?.requestId,
  );
}

scene("the reference's operator approves, and the node goes on by itself", async (stage) => {
  const node = await startFarNode(stage, "far-one");
  const requestId = await pendingRequest("far-one");
  // The person at the node sees which request it is and how to approve it.
  await node.says(new RegExp(`devices approve ${requestId}`), ASK_LIMIT_MS);

  const reference = await ReferenceCli.create(stage, gateway);
  expect((await reference.call("devices", "approve", requestId)).code).toBe(0);

  await operator.untilConnected("far-one");
  expect(node.isRunning).toBe(true);
  expect((await operator.run("far-one", ["/bin/echo", "hi"])).stdout).toBe("hi\n");

  // From now on the token that the gateway gave to this device is enough, also from afar.
  expect((await node.stop()).code).toBe(0);
  await operator.untilDisconnected("far-one");
  startOurNode(stage, { home: node.home, name: "far-one", port: PROXY_PORT });
  await operator.untilConnected("far-one");
  expect((await operator.run("far-one", ["/bin/echo", "again"])).stdout).toBe("again\n");
});

scene("our operator sees, rejects and approves what really gates a node", async (stage) => {
  const node = await startFarNode(stage, "far-two");
  const first = await pendingRequest("far-two");
  expect((await operator.call("nodes", "pending")).stdout).toContain(first);
  expect((await operator.call("nodes", "reject", first)).code).toBe(0);

  // The node asks again with the same identity, and says the new number.
  const second = await pendingRequest("far-two", first);
  await node.says(new RegExp(second), ASK_LIMIT_MS);
  expect((await operator.call("nodes", "approve", second)).code).toBe(0);

  await operator.untilConnected("far-two");
  expect(node.isRunning).toBe(true);
  expect((await operator.run("far-two", ["/bin/echo", "hi"])).stdout).toBe("hi\n");
});

scene("a script that does not want to wait gets an exit code instead", async (stage) => {
  const once = await startFarNode(stage, "far-three", "--once");
  const hurried = await startFarNode(stage, "far-four", "--wait-for-pairing", "2s");
  expect((await once.endsWithin(ASK_LIMIT_MS)).code).toBe(11);
  expect((await hurried.endsWithin(ASK_LIMIT_MS)).code).toBe(11);
});

scene("without the shared token a stranger cannot even ask", async (stage) => {
  const node = startOurNode(stage, {
    home: await ourNodeHome(stage),
    name: "far-five",
    port: PROXY_PORT,
    token: "wrong",
    flags: ["--once"],
  });
  expect((await node.endsWithin(ASK_LIMIT_MS)).code).toBe(10);
  const pending = await gateway.devices("pending");
  expect(pending.map((device) => device.displayName)).not.toContain("far-five");
});
