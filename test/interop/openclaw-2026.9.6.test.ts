// Our node and our operator with the real OpenClaw 2026.9.6: gateway, command line and agent.
import { expect } from "bun:test";
import { OpenClawGateway } from "./harness/openclaw-gateway.ts";
import { PendingList } from "./harness/answers.ts";
import type { Child } from "./harness/child.ts";
import { eventually } from "./harness/eventually.ts";
import { ourNodeHome, startOurNode } from "./harness/our-node.ts";
import { OurOperator } from "./harness/our-operator.ts";
import { writePolicy } from "./harness/policy-file.ts";
import { onStage } from "./harness/scene.ts";
import type { Stage } from "./harness/stage.ts";

let gateway: OpenClawGateway;
let ours: OurOperator;
let home: string;
let node: Child;

function startNode(stage: Stage, token?: string): Child {
  const common = { home, name: "mine", port: gateway.port };
  return startOurNode(stage, token === undefined ? common : { ...common, token });
}

const scene = onStage(async (stage) => {
  gateway = await OpenClawGateway.start(stage, { version: "2026.9.6" });
  ours = await OurOperator.create(stage, gateway);
  home = await ourNodeHome(stage);
  node = startNode(stage, gateway.token);
  await ours.untilConnected("mine");
});

scene("a node's commands are approved while it stays connected", async () => {
  const { pending } = PendingList.parse(await ours.json("nodes", "pending"));
  expect(pending).toMatchObject([{ displayName: "mine" }]);
  const refused = await ours.invoke("mine", "system.which", { bins: ["sh"] });
  expect(refused.code).not.toBe(0);
  const approved = await gateway.call("nodes", "approve", pending[0]?.requestId ?? "");
  expect(approved.code).toBe(0);
  const listed = await ours.untilConnected("mine", ({ commands }) => commands.length > 0);
  expect(listed.commands.toSorted()).toEqual([
    "system.execApprovals.get",
    "system.execApprovals.set",
    "system.run",
    "system.run.prepare",
    "system.which",
  ]);
  expect((await ours.invoke("mine", "system.which", { bins: ["sh"] })).code).toBe(0);
  expect(node.isRunning).toBe(true);
});

scene("an operator's run is decided by the node's own policy", async () => {
  const refused = await ours.run("mine", ["/usr/bin/id", "-u"]);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("SYSTEM_RUN_DENIED: approval required");
  await writePolicy(home, { security: "allowlist", ask: "on-miss", allowlist: ["/usr/bin/id"] });
  expect(await ours.run("mine", ["/usr/bin/id", "-u"])).toMatchObject({ code: 0, stdout: "0\n" });
});

scene("the agent's own exec tool runs what the allowlist has", async () => {
  const answer = await gateway.agentCalls("exec", { command: "/usr/bin/id -u", host: "node" });
  expect(answer).toContain("0\\n");
  expect(answer).not.toContain("error");
});

scene("the agent's exec tool is refused what the allowlist does not have", async () => {
  const answer = await gateway.agentCalls("exec", { command: "/usr/bin/uname -s", host: "node" });
  expect(answer).toContain("exec denied");
  expect(answer).not.toContain("Linux");
});

scene("an operator's run that takes too long ends with 124", async () => {
  await writePolicy(home, { security: "full", ask: "off" });
  const params = { command: ["/bin/sleep", "30"], timeoutMs: 300 };
  expect(await ours.runResult("mine", params)).toMatchObject({ exitCode: 124, timedOut: true });
});

scene("a run ends before the gateway gives up on it, and leaves nothing", async (stage) => {
  const asked = ["--command", "system.run", "--params", '{"command":["/bin/sleep","3979"]}'];
  const ended = await ours.call("nodes", "invoke", "--node", "mine", ...asked, "--timeout", "1500");
  expect(ended.stdout).toContain("the gateway waits only");
  await eventually(
    "the command is gone",
    10_000,
    () => stage.commands().every((line) => !line.includes("sleep 3979")) || undefined,
  );
});

scene("the agent hears how a command of its own ended, and all that it said", async () => {
  const command = "for i in 1 2 3; do printf 'grüß %s 🦞\\n' $i; done; echo oops >&2; exit 3";
  const answer = await gateway.agentCalls("exec", { command, host: "node" });
  for (const said of ["grüß 3 🦞", "oops", "code 3"]) expect(answer).toContain(said);
});

scene("more output than anybody reads still arrives", async () => {
  const command = "head -c 400000 /dev/zero | tr '\\0' x; echo end";
  const answer = await gateway.agentCalls("exec", { command, host: "node" });
  expect(answer).toContain("xxxxxxxx");
  expect(answer).not.toContain("error");
});

scene("OpenClaw's own command line sees the node as one of its own", async () => {
  const listed = await gateway.call("nodes", "status", "--json");
  expect(listed.stdout).toContain('"displayName": "mine"');
  const described = await gateway.call("nodes", "describe", "--node", "mine", "--json");
  expect(described.stdout).toContain("system.run.prepare");
  const which = ["--command", "system.which", "--params", '{"bins":["sh"]}', "--json"];
  const invoked = await gateway.call("nodes", "invoke", "--node", "mine", ...which);
  expect(invoked.stdout).toContain("/sh");
});

scene(
  "approvals of OpenClaw's own command line reach the node's file, and count at once",
  async () => {
    await writePolicy(home, { security: "allowlist", ask: "on-miss", allowlist: [] });
    const uname = ["/usr/bin/uname", "-s"];
    expect((await ours.run("mine", uname)).code).not.toBe(0);
    const entry = ["/usr/bin/uname", "--node", "mine"];
    expect((await gateway.call("approvals", "allowlist", "add", ...entry)).code).toBe(0);
    expect(await ours.run("mine", uname)).toMatchObject({ code: 0, stdout: "Linux\n" });
    const got = await gateway.call("approvals", "get", "--node", "mine", "--json");
    expect(got.stdout).toContain("/usr/bin/uname");
  },
);

scene("the node comes back by itself when the gateway restarts", async () => {
  await gateway.stop();
  await gateway.start();
  await ours.untilConnected("mine", ({ commands }) => commands.length === 5);
});
