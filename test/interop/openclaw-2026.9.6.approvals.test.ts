// A person approves runs through the real OpenClaw 2026.9.6: what was shown runs, once or for good,
// and nothing else does.
import { expect } from "bun:test";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Decision } from "./harness/approver.ts";
import type { Child } from "./harness/child.ts";
import { OpenClawGateway } from "./harness/openclaw-gateway.ts";
import { ourNodeHome, startOurNode } from "./harness/our-node.ts";
import { OurOperator } from "./harness/our-operator.ts";
import { type Approval, PlannedRuns } from "./harness/planned-run.ts";
import { writePolicy } from "./harness/policy-file.ts";
import { onStage } from "./harness/scene.ts";
import { stateDirectory } from "./harness/state-directory.ts";

let gateway: OpenClawGateway;
let ours: OurOperator;
let home: string;
let node: Child;
let runs: PlannedRuns;

const scene = onStage(async (stage) => {
  gateway = await OpenClawGateway.start(stage, { version: "2026.9.6" });
  ours = await OurOperator.create(stage, gateway);
  home = await ourNodeHome(stage, { security: "allowlist", ask: "on-miss" });
  node = startOurNode(stage, { home, name: "mine", port: gateway.port, token: gateway.token });
  const { nodeId } = await ours.untilConnected("mine");
  await ours.approveCommands("mine");
  runs = new PlannedRuns(ours, nodeId);
});

const learnt = (): Promise<string> =>
  readFile(join(stateDirectory(home), "exec-approvals.json"), "utf8");

async function approved(
  command: readonly string[],
  decision: Decision = "allow-once",
): Promise<Approval> {
  const { plan } = await runs.prepare({ command, cwd: home });
  return runs.decide(plan, decision);
}

const uname = ["/usr/bin/uname", "-s"];

scene("allow-once: what was shown runs, and never again", async () => {
  const approval = await approved(uname);
  expect(await runs.result(approval)).toMatchObject({ exitCode: 0, stdout: "Linux\n" });
  const replayed = await runs.run(approval);
  expect(replayed).toMatchObject({ ok: false, details: { code: "APPROVAL_REQUIRED" } });
  expect(await learnt()).not.toContain("uname");
  expect((await ours.run("mine", uname)).stderr).toContain("approval required");
});

scene("a forged approval does not count, and a refused one does not", async () => {
  const { plan } = await runs.prepare({ command: uname, cwd: home });
  const forged = await runs.run({ plan, id: crypto.randomUUID(), decision: "allow-once" });
  expect(forged).toMatchObject({ ok: false, details: { code: "UNKNOWN_APPROVAL_ID" } });
  const denied = await runs.run(await runs.decide(plan, "deny"));
  expect(denied.ok).toBe(false);
});

scene("a variable that was added after the approval is refused", async () => {
  const answer = await runs.run(await approved(uname), { env: { LANG: "C" } });
  expect(answer).toMatchObject({
    ok: false,
    details: { code: expect.stringMatching(/^APPROVAL_ENV/) },
  });
});

scene("whatever is changed after the approval, what was shown is all that runs", async () => {
  const other = join(home, "other");
  const tampered = ["/usr/bin/touch", other];
  const changes: readonly ((plan: Approval["plan"]) => Record<string, unknown>)[] = [
    () => ({ command: tampered, rawCommand: tampered.join(" ") }),
    () => ({ cwd: "/" }),
    (plan) => ({ systemRunPlan: { ...plan, argv: tampered, commandText: tampered.join(" ") } }),
    (plan) => ({ systemRunPlan: { ...plan, cwd: "/" } }),
  ];
  for (const change of changes) {
    const approval = await approved(["/usr/bin/pwd"]);
    // The gateway puts its own record in the place of what was sent, or refuses.
    const answer = await runs.run(approval, change(approval.plan));
    if (answer.ok) expect(JSON.stringify(answer.payload)).toContain(`"${home}\\n"`);
  }
  expect(await Bun.file(other).exists()).toBe(false);
  expect(node.isRunning).toBe(true);
});

scene("a script that was edited after the approval does not run", async () => {
  const script = join(home, "tool.sh");
  await writeFile(script, "#!/bin/sh\necho good\n");
  await chmod(script, 0o755);
  expect(await runs.result(await approved([script]))).toMatchObject({ stdout: "good\n" });
  const approval = await approved([script]);
  await writeFile(script, "#!/bin/sh\necho evil\n");
  const answer = await runs.run(approval);
  expect(answer).toMatchObject({ ok: false });
  expect(JSON.stringify(answer)).toContain("approval script operand changed before execution");
});

scene("a policy that was tightened after the approval counts", async () => {
  const approval = await approved(uname);
  await writePolicy(home, { security: "allowlist", ask: "always" });
  expect(JSON.stringify(await runs.run(approval))).toContain("exec approval policy changed");
  await writePolicy(home, { security: "allowlist", ask: "on-miss" });
});

scene("the node was restarted after the approval: it knows of no plan", async (stage) => {
  const approval = await approved(uname);
  await node.stop();
  await ours.untilDisconnected("mine");
  node = startOurNode(stage, { home, name: "mine", port: gateway.port });
  await ours.untilConnected("mine");
  expect(JSON.stringify(await runs.run(approval))).toContain("execution plan is not known");
});

scene("allow-always: this command in this directory needs no question any more", async () => {
  const command = "/usr/bin/uname -s";
  const asked = { command, host: "node", workdir: home };
  expect(await gateway.agentCalls("exec", asked)).toContain("exec denied");

  const shell = ["/bin/sh", "-lc", command];
  const session = await runs.prepare({ command: shell, rawCommand: command, cwd: home });
  const approval = await runs.decide(session.plan, "allow-always");
  expect(await runs.result(approval)).toMatchObject({ exitCode: 0, stdout: "Linux\n" });
  const stored = await learnt();
  expect(stored).toContain("sha256:cwd-argv:v1:");
  expect(stored).toContain("=node-command:");

  // The agent's own tool asks the real gateway, which asks nobody.
  const answer = await gateway.agentCalls("exec", asked);
  expect(answer).toContain("Linux");
  expect(answer).not.toContain("exec denied");
  const other = { ...asked, command: "/usr/bin/uname -r" };
  expect(await gateway.agentCalls("exec", other)).toContain("exec denied");
  const elsewhere = { ...asked, workdir: "/" };
  expect(await gateway.agentCalls("exec", elsewhere)).toContain("exec denied");
});
