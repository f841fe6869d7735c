// The control experiment: the reference's gateway, node host and command line among themselves.
// When this fails, the fault is in the harness or in the peers and not in our program.
//
// All of test/interop runs real programs in a private network namespace and therefore needs root,
// `ip`, `nsenter`, `setpriv` and `openssl`. The peers are installed once into
// $XDG_CACHE_HOME/clawdbot-interop (CLAWDBOT_INTEROP_CACHE overrides it). Our side is the compiled
// binary, dist/<platform>-<arch>/clawdbot, or CLAWDBOT_BINARY.
import { expect } from "bun:test";
import { eventually } from "./harness/eventually.ts";
import { ReferenceCli } from "./harness/reference-cli.ts";
import { ReferenceGateway } from "./harness/reference-gateway.ts";
import { referenceNodeHome, startReferenceNode } from "./harness/reference-node.ts";
import { onStage } from "./harness/scene.ts";

let gateway: ReferenceGateway;

const scene = onStage(async (stage) => {
  gateway = await ReferenceGateway.start(stage);
});

scene("the reference runs a command on its own node", async (stage) => {
  const home = await referenceNodeHome(stage);
  startReferenceNode(stage, { home, name: "control", port: gateway.port, token: gateway.token });
  await eventually("the gateway has paired the node", 20_000, async () =>
    (await gateway.devices("paired")).find((device) => device.displayName === "control"),
  );
  const operator = await ReferenceCli.create(stage, gateway);
  const ran = await operator.run("control", ["/bin/echo", "hi"]);
  expect(ran.stdout).toBe("hi\n");
  expect(ran.code).toBe(0);
});
