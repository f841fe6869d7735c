// The reverse: the reference's node host and command line on our embedded gateway.
import { expect } from "bun:test";
import { PendingList } from "./harness/answers.ts";
import { startHelper } from "./harness/helper-program.ts";
import { startOurGateway, type OurGateway } from "./harness/our-gateway.ts";
import { OurOperator } from "./harness/our-operator.ts";
import { ReferenceCli } from "./harness/reference-cli.ts";
import { referenceNodeHome, startReferenceNode } from "./harness/reference-node.ts";
import { onStage } from "./harness/scene.ts";

const TOKEN = "interop-own-gateway-token-0123456789";
const PROXY_PORT = 18_801;
const NODE_LIMIT_MS = 30_000;

let gateway: OurGateway;
let operator: OurOperator;
let reference: ReferenceCli;

const scene = onStage(async (stage) => {
  gateway = await startOurGateway(stage, { port: 18_800, token: TOKEN });
  operator = await OurOperator.create(stage, gateway);
  reference = await ReferenceCli.create(stage, gateway);
});

scene("the reference's node runs commands for our gateway", async (stage) => {
  const home = await referenceNodeHome(stage);
  startReferenceNode(stage, { home, name: "theirs", port: gateway.port, token: TOKEN });
  await operator.untilConnected("theirs");

  const echo = await operator.run("theirs", ["/bin/echo", "hi"]);
  expect(echo).toMatchObject({ code: 0, stdout: "hi\n" });
  expect((await operator.run("theirs", ["/bin/sh", "-c", "exit 3"])).code).toBe(3);
  const big = await operator.runResult("theirs", {
    command: ["head", "-c", "60000", "/dev/zero"],
  });
  expect(big.stdout.length).toBe(60_000);

  expect(await reference.json("nodes", "status")).toMatchObject({
    nodes: [{ displayName: "theirs", connected: true, paired: true, caps: ["system"] }],
  });
  const answer = await reference.invoke("theirs", "system.which", { bins: ["sh"] });
  expect(answer).toMatchObject({ ok: true, payload: { bins: { sh: expect.any(String) } } });
});

scene("a wrong token does not get in", async (stage) => {
  const home = await referenceNodeHome(stage);
  const options = { home, name: "stranger", port: gateway.port, token: "wrong" };
  const ended = await startReferenceNode(stage, options).endsWithin(NODE_LIMIT_MS);
  expect(ended.stderr).toContain("gateway token mismatch");
});

// Through the proxy the node is a remote one. It ends when it is told to pair; its service manager
// would start it again.
scene("the reference's node is paired by our operator and by theirs", async (stage) => {
  await startHelper(stage, "forwarding-proxy", String(PROXY_PORT), String(gateway.port));
  const approvals = {
    "approved-by-us": (requestId: string) => operator.call("nodes", "approve", requestId),
    "approved-by-them": (requestId: string) => reference.call("devices", "approve", requestId),
  };
  for (const [name, approve] of Object.entries(approvals)) {
    const home = await referenceNodeHome(stage);
    const options = { home, name, port: PROXY_PORT, token: TOKEN };
    const refused = await startReferenceNode(stage, options).endsWithin(NODE_LIMIT_MS);
    expect(refused.stderr).toContain("pairing required");

    expect((await approve(await pendingRequest(name))).code).toBe(0);
    startReferenceNode(stage, options);
    await operator.untilConnected(name);
    expect((await operator.run(name, ["/bin/echo", "hi"])).stdout).toBe("hi\n");
  }
});

async function pendingRequest(name: string): Promise<string> {
  const { pending } = PendingList.parse(await operator.json("nodes", "pending"));
  const request = pending.find((one) => one.displayName === name);
  if (request === undefined) throw new Error(`"nodes pending" does not show "${name}"`);
  return request.requestId;
}
