// `node install` by somebody without rights where systemd is the first process: lingering is really
// switched on, and the node is there after a reboot although nobody logs in. Needs root.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../interop/harness/eventually.ts";
import { NodeMachine, token } from "./harness/node-machine.ts";

const limit = 120_000;
const unit = "clawdbot-node.service";

let machine: NodeMachine;

beforeAll(async () => {
  machine = await NodeMachine.boot("systemd-user", "systemd");
  for (const user of ["builder", "guest"]) {
    const argv = ["useradd", "--create-home", "--shell", "/bin/bash", user];
    expect(await machine.container.run(argv)).toMatchObject({ code: 0 });
  }
  machine.container.write("/etc/sudoers.d/guest", "guest ALL=(root) NOPASSWD: ALL\n", 0o440);
}, 300_000);
afterAll(() => machine[Symbol.asyncDispose](), limit);

const as = (user: string, ...argv: string[]) => machine.container.runAs(user, argv);
const unitOf = (user: string) => `/home/${user}/.config/systemd/user/${unit}`;

async function exists(path: string): Promise<boolean> {
  return (await machine.container.run(["test", "-e", path])).code === 0;
}

/** What logind keeps of it. */
const lingers = (user: string) => exists(`/var/lib/systemd/linger/${user}`);

/** Asked by the user in a session of their own. */
async function statusOf(user: string): Promise<{ code: number; service: any }> {
  const { code, stdout } = await as(user, "clawdbot", "node", "status", "--json");
  return { code, service: JSON.parse(stdout).service };
}

async function sessions(): Promise<string> {
  return (await machine.container.run(["loginctl", "list-sessions", "--no-legend"])).stdout;
}

describe("a service of a user under systemd", () => {
  let since = 0;

  test(
    "its installation switches lingering on, where the machine lets a user do that",
    async () => {
      expect(await lingers("builder")).toBe(false);
      const { code, stdout, stderr } = await machine.installAs(
        "builder",
        "--display-name",
        "builder's node",
      );
      expect(stdout).toContain(`Installed systemd service: ${unitOf("builder")}`);
      expect(stderr).not.toContain("enable-linger");
      expect(code).toBe(0);
      since = await machine.connected("builder's node");
      expect(await lingers("builder")).toBe(true);
      expect(await statusOf("builder")).toMatchObject({
        code: 0,
        service: { scope: "user", loaded: true, lingering: true },
      });
    },
    limit,
  );

  test(
    "the token is in no unit, no command line and no property",
    async () => {
      const { service } = await statusOf("builder");
      const proc = `/proc/${service.runtime.pid}`;
      const looks = [
        ["cat", unitOf("builder")],
        ["cat", `${proc}/cmdline`],
        ["cat", `${proc}/environ`],
        ["systemctl", "--user", "show", unit],
      ];
      for (const argv of looks) {
        const { code, stdout } = await as("builder", ...argv);
        expect({ argv, code }).toEqual({ argv, code: 0 });
        expect(stdout).not.toBe("");
        expect(stdout).not.toContain(token);
      }
      const file = "/home/builder/.clawdbot/service/gateway-token";
      const { stdout } = await machine.container.run(["stat", "--format", "%U %a", file]);
      expect(stdout).toBe("builder 600\n");
    },
    limit,
  );

  test(
    "systemd finds no fault with the unit",
    async () => {
      const verify = ["systemd-analyze", "--user", "verify", unitOf("builder")];
      expect(await as("builder", ...verify)).toEqual({ code: 0, stdout: "", stderr: "" });
    },
    limit,
  );

  test(
    "the last logout does not end it",
    async () => {
      await eventually("nobody is logged in", 20_000, async () => {
        return (await sessions()) === "" || undefined;
      });
      expect(await machine.isConnected("builder's node")).toBe(true);
    },
    limit,
  );

  test(
    "it is there again after a reboot, without a login",
    async () => {
      await machine.container.reboot();
      since = await machine.connected("builder's node", since);
      expect(await sessions()).toBe("");
    },
    limit,
  );

  test(
    "a host that is killed comes back",
    async () => {
      const before = (await statusOf("builder")).service.runtime.pid;
      await machine.container.signal("KILL", before);
      since = await machine.connected("builder's node", since);
      const { service } = await statusOf("builder");
      expect(service.runtime.pid).not.toBe(before);
      expect(service.runtime.restarts).toBe(1);
    },
    limit,
  );

  test(
    "stop, start and restart do that, for the gateway too",
    async () => {
      const node = (word: string) => as("builder", "clawdbot", "node", word);
      expect((await node("stop")).code).toBe(0);
      expect(await machine.isConnected("builder's node")).toBe(false);
      expect((await statusOf("builder")).code).toBe(1);
      expect((await node("start")).code).toBe(0);
      since = await machine.connected("builder's node", since);
      expect((await node("restart")).code).toBe(0);
      since = await machine.connected("builder's node", since);
    },
    limit,
  );

  test(
    "with as few rights as possible it still connects and runs commands",
    async () => {
      const words = ["--display-name", "builder's node", "--hardening", "strict"];
      expect(await machine.installAs("builder", ...words)).toMatchObject({ code: 0 });
      since = await machine.connected("builder's node", since);
      const allow = ["clawdbot", "approvals", "allowlist", "add", "/usr/bin/id"];
      expect(await as("builder", ...allow)).toMatchObject({ code: 0 });
      const ran = await machine.runOn("builder's node", "/usr/bin/id", "-un");
      expect(ran).toMatchObject({ code: 0, stdout: "builder\n" });
    },
    limit,
  );

  test(
    "it goes without a trace, and lingering with it",
    async () => {
      const { code, stdout } = await as("builder", "clawdbot", "node", "uninstall");
      expect(stdout).toContain("Removed systemd service");
      expect(code).toBe(0);
      expect(await machine.isConnected("builder's node")).toBe(false);
      for (const path of [
        unitOf("builder"),
        `/home/builder/.config/systemd/user/default.target.wants/${unit}`,
        "/home/builder/.clawdbot/service",
      ]) {
        expect({ path, exists: await exists(path) }).toEqual({ path, exists: false });
      }
      expect(await exists("/home/builder/.clawdbot/node.json")).toBe(true);
      expect(await lingers("builder")).toBe(false);
    },
    limit,
  );
});

describe("where only root may switch lingering on", () => {
  test(
    "the line that is shown does it, and the node survives a reboot",
    async () => {
      await machine.container.run(["systemctl", "mask", "--now", "polkit.service"]);
      const { code, stderr } = await machine.installAs("guest", "--display-name", "guest's node");
      expect(code).toBe(0);
      const since = await machine.connected("guest's node");
      expect(await lingers("guest")).toBe(false);
      const line = /Run: (sudo .*)$/m.exec(stderr)?.[1] ?? "";
      expect(line).toBe("sudo loginctl enable-linger guest");
      expect(await as("guest", "/bin/sh", "-c", line)).toMatchObject({ code: 0 });
      expect(await lingers("guest")).toBe(true);
      await machine.container.reboot();
      await machine.connected("guest's node", since);
      expect(await sessions()).toBe("");
      // Switched on by an administrator, it is not ours to switch off.
      expect(await as("guest", "clawdbot", "node", "uninstall")).toMatchObject({ code: 0 });
      expect(await lingers("guest")).toBe(true);
    },
    limit,
  );
});
