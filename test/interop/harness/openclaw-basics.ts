// What every OpenClaw has to do with our node; the versions differ in when an approval counts.
import { expect } from "bun:test";
import type { Child, Ended } from "./child.ts";
import { OpenClawGateway } from "./openclaw-gateway.ts";
import { ourNodeHome, startOurNode } from "./our-node.ts";
import { OurOperator } from "./our-operator.ts";
import type { OpenClawVersion } from "./peers.ts";
import { writePolicy } from "./policy-file.ts";
import { onStage } from "./scene.ts";
import type { Stage } from "./stage.ts";

export interface Traits {
  /** An approval of its commands reaches a node that is connected. */
  readonly approvesLive: boolean;
  /** Its agent can be driven here: no person has to widen its scopes first. */
  readonly drivesAgent: boolean;
}

export function basicScenes(version: OpenClawVersion, traits: Traits): void {
  let gateway: OpenClawGateway;
  let ours: OurOperator;
  let home: string;
  let node: Child;

  const startNode = (stage: Stage, token?: string): Child => {
    const common = { home, name: "mine", port: gateway.port };
    return startOurNode(stage, token === undefined ? common : { ...common, token });
  };

  /** Its command line asks for few rights at first, and for more when it needs them. */
  const theirs = async (...args: string[]): Promise<Ended> => {
    const first = await gateway.call(...args);
    const request = /scope upgrade pending approval \(requestId: ([^)]+)\)/.exec(first.stderr)?.[1];
    if (request === undefined) return first;
    expect((await ours.call("nodes", "approve", request, "--operator")).code).toBe(0);
    return gateway.call(...args);
  };

  const scene = onStage(async (stage) => {
    gateway = await OpenClawGateway.start(stage, { version });
    ours = await OurOperator.create(stage, gateway);
    home = await ourNodeHome(stage);
    node = startNode(stage, gateway.token);
    await ours.untilConnected("mine");
  });

  scene("the node is let in, and its commands are approved", async (stage) => {
    const refused = await ours.invoke("mine", "system.which", { bins: ["sh"] });
    expect(refused.code).not.toBe(0);
    const request = await ours.pendingRequest("mine");
    expect((await ours.call("nodes", "approve", request)).code).toBe(0);
    if (!traits.approvesLive) {
      await node.stop();
      await ours.untilDisconnected("mine");
      // The token that this device was given is enough from now on.
      node = startNode(stage);
    }
    const listed = await ours.untilConnected("mine", ({ commands }) => commands.length > 0);
    for (const command of ["system.run", "system.run.prepare", "system.which"]) {
      expect(listed.commands).toContain(command);
    }
    expect((await ours.invoke("mine", "system.which", { bins: ["sh"] })).code).toBe(0);
    expect(node.isRunning).toBe(true);
  });

  scene("an operator's run is decided by the node's own policy", async () => {
    const refused = await ours.run("mine", ["/usr/bin/id", "-u"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("approval required");
    await writePolicy(home, { security: "allowlist", ask: "on-miss", allowlist: ["/usr/bin/id"] });
    expect(await ours.run("mine", ["/usr/bin/id", "-u"])).toMatchObject({ code: 0, stdout: "0\n" });
    const late = { command: ["/bin/sleep", "30"], timeoutMs: 300 };
    await writePolicy(home, { security: "full", ask: "off" });
    expect(await ours.runResult("mine", late)).toMatchObject({ timedOut: true });
  });

  scene("its own command line reads and changes the node's approvals", async () => {
    await writePolicy(home, { security: "allowlist", ask: "on-miss" });
    const uname = ["/usr/bin/uname", "-s"];
    expect((await ours.run("mine", uname)).code).not.toBe(0);
    const entry = ["/usr/bin/uname", "--node", "mine"];
    expect((await theirs("approvals", "allowlist", "add", ...entry)).code).toBe(0);
    expect(await ours.run("mine", uname)).toMatchObject({ code: 0, stdout: "Linux\n" });
    const got = await theirs("approvals", "get", "--node", "mine", "--json");
    expect(got.stdout).toContain("/usr/bin/uname");
  });

  if (traits.drivesAgent) {
    scene("the agent's own exec tool runs what the node allows", async () => {
      await writePolicy(home, { security: "full", ask: "off" });
      const answer = await gateway.agentCalls("exec", {
        command: "/usr/bin/id -u",
        host: "node",
        node: "mine",
      });
      expect(answer).toContain("0");
      expect(answer).not.toContain("error");
    });
  }

  scene("the node comes back by itself when the gateway restarts", async () => {
    await gateway.stop();
    await gateway.start();
    await ours.untilConnected("mine", ({ commands }) => commands.length > 0);
    expect(node.isRunning).toBe(true);
  });
}
