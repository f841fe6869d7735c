// Asking and approving, through the real gateway and through ours: the reference's command line
// and ours ask, our operator answers, our node decides whether it believes that.
import { expect } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Decision, whileAnswering } from "./harness/approver.ts";
import type { Ended } from "./harness/child.ts";
import type { GatewayAddress } from "./harness/gateway-address.ts";
import { startOurGateway } from "./harness/our-gateway.ts";
import { ourNodeHome, startOurNode } from "./harness/our-node.ts";
import { OurOperator } from "./harness/our-operator.ts";
import type { Policy } from "./harness/policy-file.ts";
import { ReferenceCli } from "./harness/reference-cli.ts";
import { ReferenceGateway } from "./harness/reference-gateway.ts";
import { onStage } from "./harness/scene.ts";
import type { Stage } from "./harness/stage.ts";
import { stateDirectory } from "./harness/state-directory.ts";

const ASKING: Policy = { security: "allowlist", ask: "on-miss" };
const OUR_PORT = 18_800;
const OUR_TOKEN = "interop-own-gateway-token-0123456789";

/** A gateway with the two who ask, and a node with the file that it decides by. */
interface Place {
  readonly gateway: GatewayAddress;
  readonly reference: ReferenceCli;
  readonly ours: OurOperator;
}

let theirs: Place;
let own: Place;

const scene = onStage(async (stage) => {
  theirs = await place(stage, await ReferenceGateway.start(stage));
  own = await place(stage, await startOurGateway(stage, { port: OUR_PORT, token: OUR_TOKEN }));
});

async function place(stage: Stage, gateway: GatewayAddress): Promise<Place> {
  return {
    gateway,
    reference: await ReferenceCli.create(stage, gateway),
    ours: await OurOperator.create(stage, gateway),
  };
}

/** A new node, and how to read what it has learnt. */
async function freshNode(
  stage: Stage,
  { gateway, ours }: Place,
  name: string,
  flags: readonly string[] = [],
): Promise<() => Promise<string>> {
  const home = await ourNodeHome(stage, ASKING);
  const port = Number(new URL(gateway.url).port);
  startOurNode(stage, { home, name, port, token: gateway.token, flags });
  await ours.untilConnected(name);
  return () => readFile(join(stateDirectory(home), "exec-approvals.json"), "utf8");
}

type Asker = (at: Place, node: string, argv: readonly string[]) => Promise<Ended>;

const askers: Readonly<Record<string, Asker>> = {
  reference: ({ reference }, node, argv) => reference.run(node, argv),
  ours: ({ ours }, node, argv) => ours.run(node, argv, ["--request-approval"]),
};

const ran = { code: 0, stdout: expect.stringMatching(/^\d+\n$/) };
const id = ["/usr/bin/id", "-u"];
const answered = (
  stage: Stage,
  at: Place,
  decision: Decision,
  ask: () => Promise<Ended>,
): Promise<Ended> =>
  whileAnswering(stage, at.gateway, decision, async (approver) => {
    const ended = await ask();
    expect(approver.stdout).toContain('"command":"/usr/bin/id -u"');
    return ended;
  });

for (const [who, ask] of Object.entries(askers)) {
  scene(`real gateway, ${who} asks, the node trusts it: the answer counts`, async (stage) => {
    const node = `trusting-${who}`;
    const learnt = await freshNode(stage, theirs, node, ["--trust-gateway-approvals"]);
    const asked = () => ask(theirs, node, id);

    const refused = await answered(stage, theirs, "deny", asked);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/user denied|an operator refused it/);

    expect(await answered(stage, theirs, "allow-once", asked)).toMatchObject(ran);
    expect(await learnt()).not.toContain("/usr/bin/id");
    expect((await theirs.ours.run(node, id)).stderr).toContain("approval required");

    expect(await answered(stage, theirs, "allow-always", asked)).toMatchObject(ran);
    expect(await learnt()).toContain("/usr/bin/id");
    expect(await theirs.ours.run(node, id)).toMatchObject({ ...ran, stderr: "" });
  });

  scene(`real gateway, ${who} asks, the node does not trust it: nothing runs`, async (stage) => {
    const node = `wary-${who}`;
    const learnt = await freshNode(stage, theirs, node);
    for (const decision of ["allow-once", "allow-always", "deny"] as const) {
      const ended = await answered(stage, theirs, decision, () => ask(theirs, node, id));
      expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 1, stdout: "" });
      const why = /--trust-gateway-approvals|user denied|an operator refused it/;
      expect(ended.stderr).toMatch(why);
    }
    expect(await learnt()).not.toContain("/usr/bin/id");
  });

  scene(`our gateway, ${who} asks: the node believes it without a flag`, async (stage) => {
    const node = `box-${who}`;
    const learnt = await freshNode(stage, own, node);
    const asked = () => ask(own, node, id);

    const refused = await answered(stage, own, "deny", asked);
    expect(refused.code).toBe(1);
    expect(await answered(stage, own, "allow-once", asked)).toMatchObject(ran);
    expect(await learnt()).not.toContain("/usr/bin/id");

    // The same operator's mere word is worth nothing: that approval is spent.
    const claim = {
      command: id,
      agentId: "main",
      approved: true,
      approvalDecision: "allow-always",
    };
    const replayed = await own.ours.invoke(node, "system.run", claim);
    expect(replayed.code).toBe(1);
    expect(replayed.stderr).toContain("approval required");

    expect(await answered(stage, own, "allow-always", asked)).toMatchObject(ran);
    expect(await learnt()).toContain("/usr/bin/id");
    expect(await own.ours.run(node, id)).toMatchObject({ ...ran, stderr: "" });
  });
}

scene("the real gateway shows its approvers a shell line with its variables", async (stage) => {
  await freshNode(stage, theirs, "shell", ["--trust-gateway-approvals"]);
  await whileAnswering(stage, theirs.gateway, "allow-once", async (approver) => {
    const flags = ["--request-approval", "--env", "WHO=a b", "--raw", 'echo "$WHO" | tr a-z A-Z'];
    const ended = await theirs.ours.call("nodes", "run", "--node", "shell", ...flags);
    expect(ended).toMatchObject({ code: 0, stdout: "A B\n" });
    const shown = `WHO='a b' /bin/sh -lc 'echo "$WHO" | tr a-z A-Z'`;
    expect(approver.stdout).toContain(JSON.stringify(shown));
  });
});
