// The main line: our node on a real Clawdbot 2026.1.24-3 gateway, both on loopback, our command
// line as the operator. control.test.ts tells what these tests need.
import { expect } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Invoked } from "./harness/answers.ts";
import type { Child } from "./harness/child.ts";
import { eventually } from "./harness/eventually.ts";
import { ourNodeHome, startOurNode } from "./harness/our-node.ts";
import { OurOperator } from "./harness/our-operator.ts";
import { OPEN_POLICY } from "./harness/policy-file.ts";
import { ReferenceGateway } from "./harness/reference-gateway.ts";
import { onStage } from "./harness/scene.ts";

let gateway: ReferenceGateway;
let operator: OurOperator;
let node: Child;
let home: string;

const scene = onStage(async (stage) => {
  gateway = await ReferenceGateway.start(stage);
  operator = await OurOperator.create(stage, gateway);
  home = await ourNodeHome(stage, OPEN_POLICY);
  node = startOurNode(stage, { home, name: "near", port: gateway.port, token: gateway.token });
});

/** The node that answers now is the process, on the connection, that answered before. */
async function expectSameConnection(connectedAtMs: number | undefined): Promise<void> {
  expect(node.isRunning).toBe(true);
  expect((await operator.untilConnected("near")).connectedAtMs).toBe(connectedAtMs);
}

scene("a node on loopback is paired without a question", async () => {
  const listed = await operator.untilConnected("near");
  expect(listed.commands).toContain("system.run");
  const paired = await gateway.devices("paired");
  expect(paired.map((device) => device.deviceId)).toContain(listed.nodeId);
  expect(node.stderr).not.toMatch(/pairing required/i);
});

scene("our operator describes it, with the gateway named by flags", async (stage) => {
  const tokenFile = join(await stage.home("secrets"), "token");
  await writeFile(tokenFile, `${gateway.token}\n`, { mode: 0o600 });
  const stranger = await OurOperator.create(stage, { url: "ws://127.0.0.1:1", token: "unused" });
  const flags = ["--url", gateway.url, "--token-file", tokenFile];
  const described = await stranger.json("nodes", "describe", "--node", "near", ...flags);
  expect(described).toMatchObject({
    node: { displayName: "near", connected: true, paired: true },
  });

  const unknown = await operator.run("nobody", ["/bin/true"]);
  expect(unknown.code).not.toBe(0);
  expect(unknown.stderr).toContain("nobody");
});

scene("system.which finds what is on the node's PATH", async () => {
  const ended = await operator.invoke("near", "system.which", { bins: ["sh", "no-such-program"] });
  const { payload } = Invoked.parse(JSON.parse(ended.stdout));
  expect(payload).toEqual({ bins: { sh: expect.stringMatching(/^\/.*\/sh$/) } });

  const which = await operator.call("nodes", "which", "--node", "near", "sh");
  expect(which.code).toBe(0);
  expect(which.stdout).toMatch(/\/sh\b/);
});

scene("a command's output and exit code arrive", async () => {
  const echo = await operator.run("near", ["/bin/echo", "hi there"]);
  expect(echo).toEqual({ code: 0, stdout: "hi there\n", stderr: "" });

  const failing = await operator.run("near", ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]);
  expect(failing.code).toBe(3);
  expect(failing.stdout).toBe("out\n");
  expect(failing.stderr).toContain("err\n");
});

scene("a command gets its directory and its variables, and not our token", async () => {
  const script = "pwd; echo $COLOUR; env";
  const ended = await operator.call(
    "nodes",
    "run",
    "--node",
    "near",
    "--cwd",
    "/usr",
    "--env",
    "COLOUR=blue",
    "--",
    "/bin/sh",
    "-c",
    script,
  );
  expect(ended.stdout).toStartWith("/usr\nblue\n");
  expect(ended.stdout).not.toContain(gateway.token);
});

scene("a program that does not exist is a result, not a failure of the node", async () => {
  const result = await operator.runResult("near", { command: ["/no/such/program"] });
  expect(result).toMatchObject({ success: false, timedOut: false, stdout: "", stderr: "" });
  expect(result.error).toMatch(/ENOENT/);
  const ended = await operator.run("near", ["/no/such/program"]);
  expect(ended.code).not.toBe(0);
  expect(ended.stderr).toContain("/no/such/program");
});

scene("a command that takes too long ends with everything it started", async (stage) => {
  const result = await operator.runResult("near", {
    command: ["/bin/sh", "-c", "echo begun; sleep 61 & sleep 61"],
    timeoutMs: 500,
  });
  expect(result).toMatchObject({ success: false, timedOut: true, stdout: "begun\n" });
  await eventually("no sleep is left", 10_000, () =>
    stage.commands().some((line) => line === "sleep 61") ? undefined : true,
  );
});

// One megabyte of what JSON in JSON makes six or four times as long: uncut, the gateway would
// close the connection with 1009 and the caller would hear "node disconnected".
const SWELLING = [
  ["NUL bytes", ["head", "-c", "1000000", "/dev/zero"]],
  ["quotes", ["/bin/sh", "-c", `yes '"' | tr -d '\\n' | head -c 1000000`]],
  ["backslashes on standard error", ["/bin/sh", "-c", `yes '\\' | head -c 1000000 >&2`]],
  ["bytes that are not UTF-8", ["/bin/sh", "-c", `head -c 1000000 /dev/zero | tr '\\0' '\\377'`]],
] as const;

for (const [what, command] of SWELLING) {
  scene(`a megabyte of ${what} is cut to what the gateway takes`, async () => {
    const { connectedAtMs } = await operator.untilConnected("near");
    const result = await operator.runResult("near", { command });
    expect(result.exitCode).toBe(0);
    expect(result.success).toBe(true);
    expect(result.stdout.length + result.stderr.length).toBeGreaterThan(10_000);
    expect(result.stdout + result.stderr).toContain("truncated");
    await expectSameConnection(connectedAtMs);
  });
}

const MALFORMED = [
  null,
  [],
  {},
  { command: "/bin/true" },
  { command: [] },
  { command: [""] },
  { command: ["/bin/echo", "a\0b"] },
  { command: ["/bin/true"], cwd: 5 },
  { command: ["/bin/true"], cwd: "/etc/passwd" },
  { command: ["/bin/true"], env: { PATH: 5 } },
  { command: ["/bin/true"], agentId: {} },
];

scene("every malformed run is answered, and the node lives on", async () => {
  const { connectedAtMs } = await operator.untilConnected("near");
  for (const params of MALFORMED) {
    const ended = await operator.invoke("near", "system.run", params);
    const answer = ended.stdout + ended.stderr;
    expect(answer, JSON.stringify(params)).not.toMatch(/disconnected|timed out|not connected/i);
    // An answer is a refusal, or a result that says why nothing ran.
    if (ended.code === 0) {
      expect(ended.stdout, JSON.stringify(params)).toMatch(/"success":\s*false/);
    }
  }
  await expectSameConnection(connectedAtMs);
});

scene("sixteen commands at once all get their own answer", async () => {
  const numbers = Array.from({ length: 16 }, (_, index) => String(index));
  const ended = await Promise.all(
    numbers.map((number) => operator.run("near", ["/bin/sh", "-c", `sleep 0.2; echo ${number}`])),
  );
  expect(ended.map((run) => run.stdout.trim())).toEqual(numbers);
});

scene("an untouched node refuses, says why, and still answers which", async (stage) => {
  const untouched = await ourNodeHome(stage);
  const guarded = startOurNode(stage, {
    home: untouched,
    name: "untouched",
    port: gateway.port,
    token: gateway.token,
  });
  await operator.untilConnected("untouched");
  const refused = await operator.run("untouched", ["/bin/echo", "hi"]);
  expect(refused.code).not.toBe(0);
  expect(refused.stdout).toBe("");
  expect(refused.stderr).toMatch(/approval required/i);
  // What the caller says about itself opens nothing: this gateway cannot vouch for it.
  const claimed = await operator.invoke("untouched", "system.run", {
    command: ["/bin/echo", "hi"],
    approved: true,
    approvalDecision: "allow-always",
  });
  expect(claimed.code).not.toBe(0);
  expect((await operator.invoke("untouched", "system.which", { bins: ["sh"] })).code).toBe(0);
  expect((await guarded.stop()).code).toBe(0);
});

scene("a gateway is also found by its IPv6 address", async (stage) => {
  const sixth = startOurNode(stage, {
    home: await ourNodeHome(stage, OPEN_POLICY),
    name: "sixth",
    host: "::1",
    port: gateway.port,
    token: gateway.token,
  });
  await operator.untilConnected("sixth");
  expect((await operator.run("sixth", ["/bin/echo", "hi"])).stdout).toBe("hi\n");
  expect((await sixth.stop()).code).toBe(0);
});

scene("a wrong token is told apart from everything else", async (stage) => {
  const stranger = startOurNode(stage, {
    home: await ourNodeHome(stage),
    name: "stranger",
    port: gateway.port,
    token: "wrong",
    flags: ["--once"],
  });
  const ended = await stranger.endsWithin(20_000);
  expect(ended.code).toBe(10);
  expect(ended.stderr).toMatch(/token/i);
});

scene("a killed gateway is found again by the same process", async () => {
  const before = await operator.untilConnected("near");
  await gateway.crash();
  await gateway.start();
  await operator.untilConnected("near", (now) => now.connectedAtMs !== before.connectedAtMs);
  expect(node.isRunning).toBe(true);
  expect((await operator.run("near", ["/bin/echo", "back"])).stdout).toBe("back\n");
});

scene("a gateway that restarts in good order is found again too", async () => {
  const before = await operator.untilConnected("near");
  await gateway.stop();
  await gateway.start();
  await operator.untilConnected("near", (now) => now.connectedAtMs !== before.connectedAtMs);
  expect((await operator.run("near", ["/bin/echo", "back"])).stdout).toBe("back\n");
});

scene("a node that is asked to leave finishes what it runs", async (stage) => {
  await operator.untilConnected("near");
  const running = operator.run("near", ["/bin/sh", "-c", "echo begun; sleep 1.37; echo finished"]);
  await eventually("the command runs", 10_000, () =>
    stage.commands().includes("sleep 1.37") ? true : undefined,
  );
  expect((await node.stop()).code).toBe(0);
  expect(await running).toMatchObject({ code: 0, stdout: "begun\nfinished\n" });
});

scene("a paired node comes back without the shared token", async (stage) => {
  await operator.untilDisconnected("near");
  node = startOurNode(stage, { home, name: "near", port: gateway.port });
  await operator.untilConnected("near");
  expect((await operator.run("near", ["/bin/echo", "again"])).stdout).toBe("again\n");
});
