// The reference's own command line works on our node as it does on its own.
import { expect } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Approvals } from "./harness/answers.ts";
import { ourNodeHome, startOurNode } from "./harness/our-node.ts";
import { OurOperator } from "./harness/our-operator.ts";
import { OPEN_POLICY, policyFile } from "./harness/policy-file.ts";
import { ReferenceCli } from "./harness/reference-cli.ts";
import { ReferenceGateway } from "./harness/reference-gateway.ts";
import { onStage } from "./harness/scene.ts";
import { stateDirectory } from "./harness/state-directory.ts";

let gateway: ReferenceGateway;
let reference: ReferenceCli;
let ours: OurOperator;
let home: string;

const scene = onStage(async (stage) => {
  gateway = await ReferenceGateway.start(stage);
  ours = await OurOperator.create(stage, gateway);
  reference = await ReferenceCli.create(stage, gateway);
  home = await ourNodeHome(stage, OPEN_POLICY);
  startOurNode(stage, { home, name: "mine", port: gateway.port, token: gateway.token });
  await ours.untilConnected("mine");
});

scene("nodes status shows it with exactly what it can do", async () => {
  const mine = {
    displayName: "mine",
    platform: process.platform,
    caps: ["system"],
    commands: [
      "system.execApprovals.get",
      "system.execApprovals.set",
      "system.run",
      "system.which",
    ],
    paired: true,
    connected: true,
  };
  expect(await reference.json("nodes", "status")).toMatchObject({ nodes: [mine] });
});

scene("nodes run passes output and failure through", async () => {
  expect(await reference.run("mine", ["/bin/echo", "hi"])).toMatchObject({
    code: 0,
    stdout: "hi\n",
  });
  const failing = await reference.run("mine", ["/bin/sh", "-c", "echo out; exit 3"]);
  expect(failing.code).toBe(1);
  expect(failing.stdout).toBe("out\n");
  expect(failing.stderr).toContain("run exit 3");
});

scene("nodes run --raw runs a shell line", async () => {
  const line = "printf 'a b' | tr a-z A-Z";
  const ended = await reference.call("nodes", "run", "--node", "mine", "--raw", line);
  expect(ended).toMatchObject({ code: 0, stdout: "A B" });
});

scene("nodes run --command-timeout stops a command", async () => {
  const ended = await reference.run("mine", ["sleep", "30"], ["--command-timeout", "300"]);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain("run timed out");
});

scene("nodes invoke asks system.which", async () => {
  const answer = await reference.invoke("mine", "system.which", { bins: ["sh"] });
  expect(answer).toMatchObject({ ok: true, payload: { bins: { sh: expect.any(String) } } });
});

scene("approvals get and set reach the node's own file, and count at once", async () => {
  const path = join(stateDirectory(home), "exec-approvals.json");
  const before = Approvals.parse(await reference.json("approvals", "get", "--node", "mine"));
  expect(before).toMatchObject({ path, exists: true, file: { version: 1 } });
  expect(before.file.defaults).toMatchObject({ security: "full", ask: "off" });

  const proposal = join(home, "proposal.json");
  const wanted = policyFile({ security: "allowlist", ask: "off", allowlist: ["/usr/bin/id"] });
  await writeFile(proposal, JSON.stringify(wanted));
  const after = Approvals.parse(
    await reference.json("approvals", "set", "--node", "mine", "--file", proposal),
  );
  expect(after.hash).not.toBe(before.hash);
  expect(after.file.defaults).toMatchObject({ security: "allowlist", ask: "off" });
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({
    defaults: { security: "allowlist", ask: "off" },
  });

  expect((await ours.run("mine", ["/usr/bin/id", "-u"])).code).toBe(0);
  const refused = await ours.run("mine", ["/bin/echo", "hi"]);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(/allowlist miss/i);

  // Somebody who edits what he read before that change is told to read again.
  const stale = await ours.invoke("mine", "system.execApprovals.set", {
    file: policyFile(OPEN_POLICY),
    baseHash: before.hash,
  });
  expect(stale.code).not.toBe(0);
  expect(stale.stdout + stale.stderr).toMatch(/changed; reload and retry/);
});

scene("approvals allowlist add opens one more program", async () => {
  const added = ["add", "/usr/bin/uname", "--node", "mine"];
  expect((await reference.call("approvals", "allowlist", ...added)).code).toBe(0);
  expect((await ours.run("mine", ["/usr/bin/uname", "-s"])).stdout).toBe("Linux\n");
});
