// `node install` and its siblings under a real `systemd --user`: the node connects to our gateway,
// is killed and comes back, stops, starts, fails, and goes without a trace. Needs root and systemd.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { treeOf } from "../fakes/tree.ts";
import { eventually } from "./harness/eventually.ts";
import { UserSystemd } from "./harness/user-systemd.ts";

const port = 18_789;
const token = "the-token-of-this-test";
/** Everything that a unit could get wrong. */
const name = `node's "name" $HOME \${HOME} %h %% \\n back\\slash; 文`;

let systemd: UserSystemd;
const limit = 60_000;

beforeAll(async () => {
  systemd = await UserSystemd.start();
  const everything = { version: 1, defaults: { security: "full", ask: "off" } };
  systemd.write(".clawdbot/exec-approvals.json", JSON.stringify(everything));
  const state = {
    CLAWDBOT_STATE_DIR: join(systemd.home, "gateway"),
    CLAWDBOT_GATEWAY_TOKEN: token,
  };
  systemd.startClawdbot(["gateway", "run", "--port", String(port)], state);
}, limit);

afterAll(() => systemd[Symbol.asyncDispose]());

const operator = { CLAWDBOT_GATEWAY_TOKEN: token, CLAWDBOT_GATEWAY_URL: `ws://127.0.0.1:${port}` };
const unit = () => join(systemd.home, ".config/systemd/user/clawdbot-node.service");
const install = (...words: string[]) =>
  systemd.clawdbot(["node", "install", "--user", "--port", String(port), ...words], {
    CLAWDBOT_GATEWAY_TOKEN: token,
  });
const call = (...words: string[]) => systemd.clawdbot(["node", ...words]);

async function status(): Promise<{ code: number; service: any }> {
  const { code, stdout } = await call("status", "--user", "--json");
  return { code, service: JSON.parse(stdout).service };
}

async function connected(): Promise<void> {
  await eventually("the node is connected", 20_000, async () => {
    const { stdout } = await systemd.clawdbot(["nodes", "status", "--json"], operator);
    const { nodes } = JSON.parse(stdout);
    return nodes.some((node: any) => node.displayName === name && node.connected) || undefined;
  });
}

async function pid(): Promise<number> {
  return (await status()).service.runtime.pid;
}

describe("a service of systemd, from the installation to its removal", () => {
  test(
    "it is installed, runs, and the gateway sees it under exactly its name",
    async () => {
      const { code, stdout, stderr } = await install("--display-name", name);
      expect(stdout).toContain(`Installed systemd service: ${unit()}`);
      // Nobody is logged in here who could allow lingering.
      expect(stderr).toContain("Run: sudo loginctl enable-linger root");
      expect(code).toBe(0);
      await connected();
      const { code: running, service } = await status();
      expect(running).toBe(0);
      expect(service).toMatchObject({
        label: "systemd",
        loaded: true,
        runtime: {
          status: "running",
          state: "active",
          subState: "running",
          detail: `connected to ws://127.0.0.1:${port}/`,
        },
        lingering: false,
      });
      expect(service.command.programArguments).toContain(name);
    },
    limit,
  );

  test("the token is in one file that others cannot read", () => {
    const file = join(systemd.home, ".clawdbot/service/gateway-token");
    expect(readFileSync(file, "utf8")).toBe(`${token}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(unit(), "utf8")).not.toContain(token);
  });

  test(
    "commands have the PATH of the installation, the home, and nothing of the service's own",
    async () => {
      const words = ["nodes", "run", "--node", name, "--", "/bin/sh", "-c", "pwd; env"];
      const { code, stdout } = await systemd.clawdbot(words, operator);
      expect(code).toBe(0);
      expect(stdout).toStartWith(`${systemd.home}\n`);
      expect(stdout).toContain(
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
      );
      expect(stdout).not.toMatch(/CLAWDBOT_(?!RUN_ID=)|CREDENTIALS_DIRECTORY/);
    },
    limit,
  );

  test(
    "the same installation again changes nothing, and does not restart it",
    async () => {
      const before = await pid();
      const tree = treeOf(join(systemd.home, ".config"));
      const { stdout } = await install("--display-name", name, "--json");
      expect(JSON.parse(stdout).result).toBe("already-installed");
      expect(await pid()).toBe(before);
      expect(treeOf(join(systemd.home, ".config"))).toEqual(tree);
    },
    limit,
  );

  test(
    "a host that is killed comes back by itself",
    async () => {
      const before = await pid();
      await systemd.run(["kill", "-KILL", String(before)]);
      await eventually("another process runs", 20_000, async () => {
        const { service } = await status();
        return (service.runtime.pid ?? before) !== before || undefined;
      });
      await connected();
      expect((await status()).service.runtime.restarts).toBe(1);
    },
    limit,
  );

  test(
    "a host that gives no sign of life is started again",
    async () => {
      const drop = "[Service]\nWatchdogSec=2\nRestartSec=0\n";
      systemd.write(".config/systemd/user/clawdbot-node.service.d/impatient.conf", drop);
      await systemd.run(["systemctl", "--user", "daemon-reload"]);
      await call("restart", "--user");
      expect((await status()).service.dropIns).toHaveLength(1);
      const before = await pid();
      await systemd.run(["kill", "-STOP", String(before)]);
      await eventually("another process runs", 30_000, async () => {
        const { service } = await status();
        return (service.runtime.pid ?? before) !== before || undefined;
      });
      await systemd.run(["rm", "-r", `${unit()}.d`]);
      await systemd.run(["systemctl", "--user", "daemon-reload"]);
      expect((await call("restart", "--user")).code).toBe(0);
      await connected();
    },
    limit,
  );

  test(
    "stop, start and restart do that, and status tells",
    async () => {
      expect(JSON.parse((await call("stop", "--user", "--json")).stdout).result).toBe("stopped");
      const stopped = await status();
      expect(stopped).toMatchObject({ code: 1, service: { runtime: { status: "stopped" } } });
      // The host was asked to leave, and did so with its own code.
      expect(stopped.service.runtime.lastExitStatus).toBe(0);
      expect((await call("start", "--user")).code).toBe(0);
      const before = await pid();
      expect((await call("restart", "--user")).code).toBe(0);
      expect(await pid()).not.toBe(before);
      await connected();
    },
    limit,
  );

  test(
    "an installation that cannot run leaves the old one, to the byte",
    async () => {
      expect((await call("stop", "--user")).code).toBe(0);
      // Somebody started a host by hand, so that the service finds the state directory taken.
      const other = systemd.startClawdbot(["node", "run", "--port", String(port)], operator);
      await connected();
      const tree = treeOf(join(systemd.home, ".config"));
      const { code, stderr } = await install("--display-name", name, "--verbose");
      expect(stderr).toContain("exit code 14: another host uses the state directory");
      expect(code).toBe(1);
      expect(treeOf(join(systemd.home, ".config"))).toEqual(tree);
      // Its number is one of the name space, and only the host itself knows it.
      const holder = JSON.parse(readFileSync(join(systemd.home, ".clawdbot/node.pid"), "utf8"));
      await systemd.run(["kill", "-TERM", String(holder.pid)]);
      await other.exited;
      expect((await call("start", "--user")).code).toBe(0);
    },
    limit,
  );

  test(
    "a file that the host cannot use ends it for good, and status says why",
    async () => {
      await call("stop", "--user");
      const path = join(systemd.home, ".clawdbot/node.json");
      const good = readFileSync(path, "utf8");
      systemd.write(".clawdbot/node.json", "{ broken");
      const started = await call("start", "--user");
      expect(started.code).toBe(1);
      expect(started.stderr).toContain("exit code 3");
      const { service } = await status();
      expect(service.runtime).toMatchObject({ state: "failed", lastExitStatus: 3 });
      expect(service.runtime.detail).toContain("is not started again");
      systemd.write(".clawdbot/node.json", good);
      expect((await call("start", "--user")).code).toBe(0);
      await connected();
    },
    limit,
  );

  test(
    "it goes without a trace, and twice is no failure",
    async () => {
      const { code, stdout } = await call("uninstall", "--user");
      expect(stdout).toContain("Removed systemd service");
      expect(code).toBe(0);
      expect(existsSync(unit())).toBe(false);
      expect(existsSync(join(systemd.home, ".clawdbot/service"))).toBe(false);
      expect(existsSync(join(systemd.home, ".clawdbot/node.json"))).toBe(true);
      const listed = await systemd.run(["systemctl", "--user", "list-units", "--all"]);
      expect(listed.stdout).not.toContain("clawdbot");
      expect((await status()).code).toBe(1);
      expect((await call("uninstall", "--user")).code).toBe(0);
    },
    limit,
  );
});
