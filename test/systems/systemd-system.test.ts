// `node install --system` where systemd is the first process: from the installation over crash,
// hang and reboot to the removal, as a gateway on the same loopback sees it. Needs root.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../interop/harness/eventually.ts";
import { NodeMachine, gatewayUrl, token } from "./harness/node-machine.ts";

const limit = 120_000;
const name = "system node";
const unit = "clawdbot-node.service";
const unitPath = `/etc/systemd/system/${unit}`;

let machine: NodeMachine;
let since = 0;
let allowLine = "";

beforeAll(async () => {
  machine = await NodeMachine.boot("systemd-system", "systemd");
}, 300_000);
afterAll(() => machine[Symbol.asyncDispose](), limit);

async function status(): Promise<{ code: number; service: any; host: any }> {
  const { code, stdout } = await machine.node("status", "--json");
  return { code, ...JSON.parse(stdout) };
}

async function pid(): Promise<number> {
  return (await status()).service.runtime.pid;
}

/** What a tool of the machine prints; it has to succeed. */
async function said(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await machine.container.run(argv);
  if (code !== 0) throw new Error(`"${argv.join(" ")}" ended with ${code}: ${stderr}`);
  return stdout;
}

async function exists(path: string): Promise<boolean> {
  return (await machine.container.run(["test", "-e", path])).code === 0;
}

describe("a service of the system under systemd", () => {
  test(
    "runs as an account of its own, and its gateway has it",
    async () => {
      const { code, stdout } = await machine.install("--system", "--display-name", name);
      expect(stdout).toContain(`Installed systemd service: ${unitPath}`);
      expect(code).toBe(0);
      allowLine = /^Allow programs: (.*)$/m.exec(stdout)?.[1] ?? "";
      since = await machine.connected(name);
      const { code: running, service, host } = await status();
      expect(running).toBe(0);
      expect(service).toMatchObject({
        label: "systemd",
        loaded: true,
        scope: "system",
        account: "clawdbot",
        runtime: { status: "running", detail: `connected to ${gatewayUrl}` },
      });
      expect(host).toMatchObject({ running: true, connection: { state: "connected" } });
    },
    limit,
  );

  test(
    "the line that the installation prints allows a program",
    async () => {
      expect((await machine.runOn(name, "/usr/bin/id", "-un")).code).not.toBe(0);
      for (const program of ["/usr/bin/id", "/usr/bin/sleep"]) {
        await said("/bin/sh", "-c", allowLine.replace("PROGRAM", program));
      }
      const ran = await machine.runOn(name, "/usr/bin/id", "-un");
      expect(ran).toMatchObject({ code: 0, stdout: "clawdbot\n" });
    },
    limit,
  );

  test(
    "systemd finds no fault with the unit",
    async () => {
      const verified = await machine.container.run(["systemd-analyze", "verify", unitPath]);
      expect(verified).toEqual({ code: 0, stdout: "", stderr: "" });
    },
    limit,
  );

  test(
    "the token is root's, and reaches the host as a credential only",
    async () => {
      const file = "/etc/clawdbot/clawdbot-node/gateway-token";
      expect(await said("stat", "--format", "%U %a", file)).toBe("root 600\n");
      expect((await machine.container.run(["sudo", "-u", "clawdbot", "cat", file])).code).toBe(1);
      const credential = `/run/credentials/${unit}/gateway-token`;
      expect(await said("sudo", "-u", "clawdbot", "cat", credential)).toBe(`${token}\n`);
      const proc = `/proc/${await pid()}`;
      const places = [
        await said("cat", unitPath),
        await said("systemctl", "show", unit),
        await said("cat", `${proc}/cmdline`),
        await said("cat", `${proc}/environ`),
        await said("journalctl", "--unit", unit, "--no-pager"),
      ];
      for (const text of places) {
        expect(text).not.toBe("");
        expect(text).not.toContain(token);
      }
    },
    limit,
  );

  test(
    "it is there again after a reboot",
    async () => {
      await machine.container.reboot();
      since = await machine.connected(name, since);
      const { code, service } = await status();
      expect(code).toBe(0);
      expect(service.runtime).not.toHaveProperty("restarts");
    },
    limit,
  );

  test(
    "a host that is killed comes back, and what it ran is gone",
    async () => {
      const run = machine.runOn(name, "/usr/bin/sleep", "4321");
      await eventually("the command runs", 20_000, async () => (await sleeps()) || undefined);
      const before = await pid();
      await machine.container.signal("KILL", before);
      since = await machine.connected(name, since);
      expect((await run).code).not.toBe(0);
      expect(await sleeps()).toBe(false);
      const { service } = await status();
      expect(service.runtime.pid).not.toBe(before);
      expect(service.runtime.restarts).toBe(1);

      async function sleeps(): Promise<boolean> {
        return (await machine.container.commands()).includes("/usr/bin/sleep 4321");
      }
    },
    limit,
  );

  test(
    "a host that hangs is started again, as soon as an administrator's drop-in wants",
    async () => {
      const dropIn = "[Service]\nWatchdogSec=2\nRestartSec=0\n";
      machine.container.write(`${unitPath}.d/impatient.conf`, dropIn);
      await said("systemctl", "daemon-reload");
      expect((await machine.node("restart")).code).toBe(0);
      since = await machine.connected(name, since);
      const before = await status();
      expect(before.service.dropIns).toEqual([`${unitPath}.d/impatient.conf`]);
      // While it lives, it says so often enough.
      await Bun.sleep(5_000);
      expect(await pid()).toBe(before.service.runtime.pid);
      await machine.container.signal("STOP", before.service.runtime.pid);
      since = await machine.connected(name, since);
      expect(await pid()).not.toBe(before.service.runtime.pid);
      expect(await said("journalctl", "--unit", unit, "--no-pager")).toContain("Watchdog timeout");
      await said("rm", "--recursive", `${unitPath}.d`);
      await said("systemctl", "daemon-reload");
    },
    limit,
  );

  test(
    "stop, start and restart do that, for the gateway too",
    async () => {
      expect((await machine.node("stop")).code).toBe(0);
      expect(await machine.isConnected(name)).toBe(false);
      expect(await status()).toMatchObject({
        code: 1,
        service: { loaded: true, runtime: { status: "stopped", lastExitStatus: 0 } },
      });
      expect((await machine.node("start")).code).toBe(0);
      since = await machine.connected(name, since);
      expect((await machine.node("restart")).code).toBe(0);
      since = await machine.connected(name, since);
    },
    limit,
  );

  test(
    "with as few rights as possible it still connects and runs commands",
    async () => {
      const words = ["--system", "--display-name", name, "--hardening", "strict"];
      expect((await machine.install(...words)).code).toBe(0);
      since = await machine.connected(name, since);
      const verified = await machine.container.run(["systemd-analyze", "verify", unitPath]);
      expect(verified).toEqual({ code: 0, stdout: "", stderr: "" });
      const ran = await machine.runOn(name, "/usr/bin/id", "-un");
      expect(ran).toMatchObject({ code: 0, stdout: "clawdbot\n" });
      const facts = await said("cat", `/proc/${await pid()}/status`);
      expect(facts).toMatch(/^CapBnd:\t0+$/m);
      expect(facts).toMatch(/^NoNewPrivs:\t1$/m);
    },
    limit,
  );

  test(
    "it goes without a trace of the service, and twice is no failure",
    async () => {
      const { code, stdout } = await machine.node("uninstall");
      expect(stdout).toContain("Removed systemd service");
      expect(code).toBe(0);
      expect(await machine.isConnected(name)).toBe(false);
      for (const path of [
        unitPath,
        `/etc/systemd/system/multi-user.target.wants/${unit}`,
        "/etc/clawdbot",
        `/run/credentials/${unit}`,
      ]) {
        expect({ path, exists: await exists(path) }).toEqual({ path, exists: false });
      }
      expect(await said("systemctl", "list-unit-files", "--no-pager")).not.toContain(
        "clawdbot-node",
      );
      expect(await said("systemctl", "list-units", "--all", "--no-pager")).not.toContain(
        "clawdbot-node",
      );
      // The node's own files are no part of the service.
      expect(await exists("/var/lib/clawdbot/.clawdbot/node.json")).toBe(true);
      expect((await machine.node("uninstall")).code).toBe(0);
    },
    limit,
  );
});
