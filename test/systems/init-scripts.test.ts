// `node install --system` where OpenRC or SysV init starts services: from the installation over a
// crash and a reboot to the removal, as a gateway on the same loopback sees it. Needs root.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../interop/harness/eventually.ts";
import { NodeMachine, token } from "./harness/node-machine.ts";

const limit = 120_000;
const script = "/etc/init.d/clawdbot-node";
const state = "/var/lib/clawdbot/.clawdbot";
const sleep = "/usr/bin/sleep 4321";

const inits = [
  {
    init: "openrc",
    label: "OpenRC",
    supervisor: /^supervise-daemon clawdbot-node /,
    service: ["rc-service", "clawdbot-node"],
    links: ["/etc/runlevels/default/clawdbot-node"],
  },
  {
    init: "sysv",
    label: "SysV init",
    // This init watches over nothing: the script itself does.
    supervisor: /^\/bin\/sh \/etc\/init\.d\/clawdbot-node supervise$/,
    service: ["service", "clawdbot-node"],
    links: ["0", "6"]
      .map((level) => `/etc/rc${level}.d/K01clawdbot-node`)
      .concat(["2", "5"].map((level) => `/etc/rc${level}.d/S01clawdbot-node`)),
  },
] as const;

describe.each(inits)("a service of $label", ({ init, label, supervisor, service, links }) => {
  const name = `${init} node`;
  let machine: NodeMachine;
  let since = 0;

  beforeAll(async () => {
    machine = await NodeMachine.boot(init, init);
  }, 300_000);
  afterAll(() => machine[Symbol.asyncDispose](), limit);

  async function status(): Promise<{ code: number; service: any; host: any }> {
    const { code, stdout } = await machine.node("status", "--json");
    return { code, ...JSON.parse(stdout) };
  }

  async function said(...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await machine.container.run(argv);
    if (code !== 0) throw new Error(`"${argv.join(" ")}" ended with ${code}: ${stderr}`);
    return stdout;
  }

  async function exists(path: string): Promise<boolean> {
    return (await machine.container.run(["test", "-L", path, "-o", "-e", path])).code === 0;
  }

  const runs = async (command: RegExp | string) =>
    (await machine.container.commands()).some((line) =>
      typeof command === "string" ? line === command : command.test(line),
    );

  test(
    "runs as an account of its own under a supervisor, and its gateway has it",
    async () => {
      const { code, stdout } = await machine.install("--system", "--display-name", name);
      expect(stdout).toContain(`Installed ${label} service: ${script}`);
      expect(code).toBe(0);
      since = await machine.connected(name);
      expect(await status()).toMatchObject({
        code: 0,
        service: {
          label,
          loaded: true,
          scope: "system",
          account: "clawdbot",
          runtime: { status: "running" },
        },
        host: { running: true, connection: { state: "connected" } },
      });
      expect(await runs(supervisor)).toBe(true);
      for (const link of links) {
        expect({ link, exists: await exists(link) }).toEqual({ link, exists: true });
      }
      const line = /^Allow programs: (.*)$/m.exec(stdout)?.[1] ?? "";
      for (const program of ["/usr/bin/id", "/usr/bin/sleep"]) {
        await said("/bin/sh", "-c", line.replace("PROGRAM", program));
      }
      const ran = await machine.runOn(name, "/usr/bin/id", "-un");
      expect(ran).toMatchObject({ code: 0, stdout: "clawdbot\n" });
    },
    limit,
  );

  test(
    "the token is in one file that only its account can read",
    async () => {
      const file = "/etc/clawdbot/clawdbot-node/gateway-token";
      expect(await said("stat", "--format", "%U %a", file)).toBe("clawdbot 600\n");
      const { host } = await status();
      const texts = [
        await said("cat", script),
        (await machine.container.commands()).join("\n"),
        await said("cat", `/proc/${host.pid}/environ`),
        await said("cat", `${state}/logs/node.log`),
      ];
      for (const text of texts) {
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
      expect((await status()).code).toBe(0);
    },
    limit,
  );

  test(
    "a host that is killed comes back, and what it ran is gone",
    async () => {
      const run = machine.runOn(name, ...sleep.split(" "));
      await eventually("the command runs", 20_000, async () => (await runs(sleep)) || undefined);
      const before = (await status()).host.pid;
      await machine.container.signal("KILL", before);
      since = await machine.connected(name, since);
      expect((await run).code).not.toBe(0);
      expect(await runs(sleep)).toBe(false);
      expect((await status()).host.pid).not.toBe(before);
    },
    limit,
  );

  test(
    "a supervisor that is killed leaves nothing that a restart cannot mend",
    async () => {
      const pid = (await said("/bin/sh", "-c", supervisorOf[init])).trim();
      await machine.container.signal("KILL", Number(pid));
      expect((await machine.node("restart")).code).toBe(0);
      since = await machine.connected(name, since);
      expect(await runs(supervisor)).toBe(true);
      expect((await status()).code).toBe(0);
    },
    limit,
  );

  test(
    "stop, start and restart do that, for the gateway too",
    async () => {
      expect((await machine.node("stop")).code).toBe(0);
      expect(await machine.isConnected(name)).toBe(false);
      expect(await runs(supervisor)).toBe(false);
      expect(await status()).toMatchObject({
        code: 1,
        service: { loaded: true, runtime: { status: "stopped" } },
      });
      expect((await machine.container.run([...service, "status"])).code).toBe(3);
      expect((await machine.node("start")).code).toBe(0);
      since = await machine.connected(name, since);
      expect((await machine.node("restart")).code).toBe(0);
      since = await machine.connected(name, since);
      // The machine's own tool is as good as ours.
      expect((await machine.container.run([...service, "restart"])).code).toBe(0);
      since = await machine.connected(name, since);
      expect((await machine.container.run([...service, "status"])).code).toBe(0);
    },
    limit,
  );

  test(
    "it goes without a trace of the service, and twice is no failure",
    async () => {
      const { code, stdout } = await machine.node("uninstall");
      expect(stdout).toContain(`Removed ${label} service`);
      expect(code).toBe(0);
      expect(await machine.isConnected(name)).toBe(false);
      for (const path of [script, ...links, "/etc/clawdbot", `${state}/service.pid`]) {
        expect({ path, exists: await exists(path) }).toEqual({ path, exists: false });
      }
      expect(await runs(/clawdbot-node|node run/)).toBe(false);
      // The node's own files are no part of the service.
      expect(await exists(`${state}/node.json`)).toBe(true);
      expect((await machine.node("uninstall")).code).toBe(0);
      await machine.container.reboot();
      expect(await runs(/clawdbot-node|node run/)).toBe(false);
    },
    limit,
  );
});

/** Prints the number of the process that starts the host again. */
const supervisorOf = {
  openrc: "cat /run/supervise-clawdbot-node.pid",
  sysv: `cut -d " " -f 1 ${state}/service.pid`,
} as const;
