// `clawdbot update` of a service under a real `systemd --user`: a release that does not come up is
// taken back, a good one takes over when the running command has ended. Needs root and systemd.
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Scratch } from "../fakes/scratch.ts";
import { makeTestRelease } from "../fakes/update-release.ts";
import { eventually } from "./harness/eventually.ts";
import { ourBinary } from "./harness/our-program.ts";
import { UserSystemd } from "./harness/user-systemd.ts";

const port = 18_789;
const limit = 60_000;
const operator = {
  CLAWDBOT_GATEWAY_TOKEN: "the-token-of-this-test",
  CLAWDBOT_GATEWAY_URL: `ws://127.0.0.1:${port}`,
};

const scratch = new Scratch();
let systemd: UserSystemd;
let program = "";

beforeAll(async () => {
  systemd = await UserSystemd.start();
  const everything = { version: 1, defaults: { security: "full", ask: "off" } };
  systemd.write(".clawdbot/exec-approvals.json", JSON.stringify(everything));
  systemd.startClawdbot(["gateway", "run", "--port", String(port)], {
    ...operator,
    CLAWDBOT_STATE_DIR: join(systemd.home, "gateway"),
  });
  mkdirSync(join(systemd.home, "bin"));
  program = join(systemd.home, "bin/clawdbot");
  copyFileSync(ourBinary(), program);
  const flags = ["--port", String(port), "--display-name", "updated"];
  const installed = await systemd.run([program, "node", "install", "--user", ...flags], operator);
  expect(installed).toMatchObject({ code: 0 });
  await connected();
}, limit);

afterAll(async () => {
  await systemd[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

function connected(): Promise<true> {
  return eventually("the node is connected", 20_000, async () => {
    const { stdout } = await systemd.clawdbot(["nodes", "status", "--json"], operator);
    const { nodes } = JSON.parse(stdout);
    return nodes.some((node: any) => node.connected) || undefined;
  });
}

async function pid(): Promise<number> {
  const { stdout } = await systemd.clawdbot(["node", "status", "--user", "--json"]);
  return JSON.parse(stdout).service.runtime.pid;
}

/** A release that says another version, and otherwise does what `does` says. */
async function release(folder: string, version: string, does: string): Promise<string> {
  const { stdout } = await systemd.run([program, "--version"]);
  const target = /, ([a-z0-9-]+)\)/.exec(stdout)?.[1] ?? "";
  const says = `echo "clawdbot ${version} (000000000000, ${target})"`;
  const text = `#!/bin/sh\nif [ "$1" = --version ]; then ${says}; else ${does}; fi\n`;
  return makeTestRelease(scratch, folder, { version, target, program: text });
}

const update = (from: string) => systemd.run([program, "update", "--base-url", from]);

test(
  "a release whose host ends at once is taken back",
  async () => {
    const before = await pid();
    const { code, stdout, stderr } = await update(await release("broken", "98.0.0", "exit 3"));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("the service does not come up with it");
    expect(stderr).toContain("is back in place and runs");
    await connected();
    expect(await pid()).not.toBe(before);
    expect(readdirSync(join(systemd.home, "bin"))).toEqual(["clawdbot"]);
  },
  limit,
);

test(
  "a release whose host ends after a moment is taken back",
  async () => {
    const does = `(sleep 1; kill $$) & exec ${ourBinary()} "$@"`;
    const { code, stderr } = await update(await release("shaky", "98.0.0", does));
    expect(stderr).toContain("is back in place and runs");
    expect(code).toBe(1);
    await connected();
  },
  limit,
);

test(
  "a good release takes over, and the command that runs meanwhile ends by itself",
  async () => {
    const before = await pid();
    const started = join(systemd.home, "started");
    const words = ["/bin/sh", "-c", `touch ${started}; sleep 3; echo whole`];
    const run = systemd.clawdbot(["nodes", "run", "--node", "updated", "--", ...words], operator);
    await eventually("the command runs", 20_000, () =>
      Promise.resolve(readdirSync(systemd.home).includes("started") || undefined),
    );
    const from = await release("good", "99.0.0", `exec ${ourBinary()} "$@"`);
    const { code, stdout, stderr } = await update(from);
    expect([code, stderr]).toEqual([0, expect.stringContaining("Restarting the service")]);
    expect(stdout).toContain("the service clawdbot-node was restarted and stays up");
    expect(await run).toMatchObject({ code: 0, stdout: "whole\n" });
    await connected();
    expect(await pid()).not.toBe(before);
    expect((await systemd.run([program, "--version"])).stdout).toStartWith("clawdbot 99.0.0");
    expect(readdirSync(join(systemd.home, "bin")).toSorted()).toEqual([
      "clawdbot",
      "clawdbot.previous",
    ]);
  },
  limit,
);
