// `node install` to `node logs` with real files and a systemctl that keeps its state in a file.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandLine } from "../fakes/command-line.ts";
import { Scratch } from "../fakes/scratch.ts";
import { systemctl } from "../fakes/systemctl.ts";
import { treeOf } from "../fakes/tree.ts";

class Machine extends Scratch {
  readonly line: CommandLine;

  constructor(env: Record<string, string> = {}) {
    super();
    this.program("bin/systemctl", systemctl);
    this.program("bin/loginctl");
    this.program("bin/journalctl", '#!/bin/sh\necho "journal: $*"\n');
    this.line = new CommandLine({
      PATH: `${this.at("bin")}:/usr/bin:/bin`,
      XDG_RUNTIME_DIR: this.directory("run"),
      ...env,
    });
    if (!("CLAWDBOT_GATEWAY_TOKEN" in env)) this.line.unset("CLAWDBOT_GATEWAY_TOKEN");
  }

  get unit(): string {
    return join(this.line.home, ".config/systemd/user/clawdbot-node.service");
  }

  call(action: string, ...words: string[]) {
    return this.line.call("node", action, "--user", ...words);
  }

  /** What `systemctl` was called with, without questions. */
  changes(): string[] {
    const path = this.at("bin/state/calls");
    const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
    if (lines.length > 0) writeFileSync(path, "");
    return lines.filter((line) => !/show|--version/.test(line));
  }

  override [Symbol.dispose](): void {
    this.line[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

describe("node install", () => {
  test("installs, says where, and does nothing the second time", async () => {
    using machine = new Machine();
    const first = await machine.call("install", "--host", "gateway.local", "--json");
    expect(JSON.parse(first.stdout)).toMatchObject({
      v: 1,
      action: "install",
      ok: true,
      result: "installed",
      service: {
        label: "systemd",
        loaded: true,
        loadedText: "enabled",
        notLoadedText: "disabled",
      },
    });
    expect(readFileSync(machine.unit, "utf8")).toContain('"node" "run" "--host" "gateway.local"');
    expect(machine.changes()).toEqual([
      "--user daemon-reload",
      "--user enable clawdbot-node.service",
      "--user reset-failed clawdbot-node.service",
      "--user restart clawdbot-node.service",
    ]);
    const tree = treeOf(machine.line.home);
    const second = await machine.call("install", "--host", "gateway.local", "--json");
    expect(JSON.parse(second.stdout)).toMatchObject({
      ok: true,
      result: "already-installed",
      message: "Node service already enabled.",
    });
    expect(machine.changes()).toEqual([]);
    expect(treeOf(machine.line.home)).toEqual(tree);
  });

  test("another installation shows what changes", async () => {
    using machine = new Machine();
    await machine.call("install", "--host", "one");
    const { code, stdout } = await machine.call("install", "--host", "two");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}-ExecStart=.*"one"$/m);
    expect(stdout).toMatch(/^ {2}\+ExecStart=.*"two"$/m);
  });

  test.each([
    ["the environment", { CLAWDBOT_GATEWAY_TOKEN: "s3cret-token" }, []],
    ["standard input", {}, ["--token-file", "-"]],
  ])("a token from %s is stored for the service alone", async (_from, env, words) => {
    using machine = new Machine(env);
    machine.line.standardInput = "s3cret-token\n";
    const ended = await machine.call("install", ...words, "--json");
    const path = join(machine.line.home, ".clawdbot/service/gateway-token");
    expect(readFileSync(path, "utf8")).toBe("s3cret-token\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(ended.stdout + ended.stderr).not.toContain("s3cret");
    const unit = readFileSync(machine.unit, "utf8");
    expect(unit).not.toContain("s3cret");
    expect(unit).toContain("CREDENTIALS_DIRECTORY=");
    expect(readFileSync(machine.at("bin/state/calls"), "utf8")).not.toContain("s3cret");
    const printed = await machine.call("install", ...words, "--print");
    expect(printed.stdout).not.toContain("s3cret");
    // It is kept when the next installation does not name one.
    machine.line.unset("CLAWDBOT_GATEWAY_TOKEN");
    const again = await machine.call("install", "--json");
    expect(JSON.parse(again.stdout).result).toBe("already-installed");
  });

  test("--print shows everything and changes nothing", async () => {
    using machine = new Machine({ CLAWDBOT_GATEWAY_TOKEN: "s3cret-token" });
    const before = treeOf(machine.line.home);
    const text = await machine.call("install", "--print", "--display-name", "my node");
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(`# ${machine.unit} (0644)\n`);
    expect(text.stdout).toContain('"--display-name" "my node"');
    expect(text.stdout).toContain("systemctl --user enable clawdbot-node.service");
    const json = JSON.parse((await machine.call("install", "--print", "--json")).stdout);
    expect(json).toMatchObject({ action: "install", ok: true, result: "printed" });
    expect(json.commands).toContainEqual(["systemctl", "--user", "daemon-reload"]);
    expect(treeOf(machine.line.home)).toEqual(before);
    expect(machine.changes()).toEqual([]);
  });

  test.each([
    [["--runtime", "node"], 2, 'Cannot use --runtime "node"'],
    [["--runtime", "deno"], 2, "wanted is one of bun, node"],
    [["--port", "0"], 2, "--port"],
    [["--host", "example.com"], undefined, "example.com"],
    [["--tls-fingerprint", "nonsense"], 2, "--tls-fingerprint"],
    [["--token-file", "/no/such"], 3, "/no/such"],
    [["--env-file", "/no/such"], 3, "/no/such"],
    [["--drain-timeout", "soon"], 2, "--drain-timeout"],
    [["--system"], 2, "--user together with --system"],
    [["--account", "alice"], 2, "it runs as you"],
    [["--hardening", "much"], 2, "wanted is one of none, basic, strict"],
  ])("%j is refused before anything is written", async (words, code, text) => {
    using machine = new Machine();
    const before = treeOf(machine.line.home);
    const ended = await machine.call("install", ...words);
    if (code === undefined) expect(ended.code).not.toBe(0);
    else expect(ended.code).toBe(code);
    expect(ended.stdout + ended.stderr).toContain(text);
    expect(treeOf(machine.line.home)).toEqual(before);
    expect(machine.changes()).toEqual([]);
  });

  test("a host that ends at once is no installation", async () => {
    using machine = new Machine();
    machine.file("bin/state/broken", "");
    const { code, stdout } = await machine.call("install", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ action: "install", ok: false });
    expect(stdout).toContain("exit code 3: a configuration or policy file cannot be used");
    expect(existsSync(machine.unit)).toBe(false);
  });

  test("an edited unit is shown, and replaced only by force", async () => {
    using machine = new Machine();
    await machine.call("install");
    const edited = readFileSync(machine.unit, "utf8").replace("RestartSec=5", "RestartSec=7");
    writeFileSync(machine.unit, edited);
    const refused = await machine.call("install", "--verbose");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("-RestartSec=7");
    expect(readFileSync(machine.unit, "utf8")).toBe(edited);
    expect((await machine.call("install", "--verbose", "--force")).code).toBe(0);
    expect(readFileSync(machine.unit, "utf8")).toContain("RestartSec=5");
  });

  test("a profile is a service of its own; a state directory goes with it", async () => {
    using machine = new Machine();
    await machine.call("install", "--profile", "two");
    const unit = machine.unit.replace("clawdbot-node", "clawdbot-node-two");
    expect(readFileSync(unit, "utf8")).toContain('"--profile" "two"');
    expect(existsSync(machine.unit)).toBe(false);
    const { stdout } = await machine.call("status", "--profile", "two", "--json");
    expect(JSON.parse(stdout).service).toMatchObject({
      unit: "clawdbot-node-two",
      installed: true,
    });
    using other = new Machine({ CLAWDBOT_STATE_DIR: "/srv/state of mine" });
    const printed = await other.call("install", "--print");
    expect(printed.stdout).toContain('"CLAWDBOT_STATE_DIR=/srv/state of mine"');
  });

  test("a program that runs from source is no service", () => {
    using machine = new Machine();
    const main = join(import.meta.dir, "..", "..", "src", "main.ts");
    const { exitCode, stderr } = Bun.spawnSync([process.execPath, main, "node", "install"], {
      env: { HOME: machine.line.home, PATH: "/usr/bin:/bin" },
      cwd: machine.line.home,
    });
    expect(stderr.toString()).toContain("Cannot install a service that runs from source");
    expect(exitCode).toBe(1);
  });

  test("a log file that was asked for is the one that is shown", async () => {
    using machine = new Machine();
    const log = machine.file("my.log", "one\ntwo\n");
    await machine.call("install", "--log-file", log);
    expect((await machine.call("logs", "-n", "1")).stdout).toBe("two\n");
  });

  test("Nix has its own way", async () => {
    using machine = new Machine({ CLAWDBOT_NIX_MODE: "1" });
    for (const action of ["install", "uninstall"]) {
      const { code, stdout } = await machine.call(action, "--json");
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        action,
        ok: false,
        error: `Nix mode detected; service ${action} is disabled.`,
      });
    }
  });

  test("a proxy is handed on; one with a password is not", async () => {
    using machine = new Machine({
      HTTP_PROXY: "http://proxy:3128",
      https_proxy: "http://user:s3cret@proxy:3128",
    });
    const { stdout, stderr } = await machine.call("install");
    const unit = readFileSync(machine.unit, "utf8");
    expect(unit).toContain('Environment="HTTP_PROXY=http://proxy:3128"');
    expect(unit).not.toContain("s3cret");
    expect(stdout + stderr).toContain("https_proxy holds a password");
  });
});

describe("node status, start, stop, restart, logs and uninstall", () => {
  test("nothing is installed", async () => {
    using machine = new Machine();
    const status = await machine.call("status", "--json");
    expect(status.code).toBe(1);
    expect(JSON.parse(status.stdout).service).toMatchObject({
      label: "systemd",
      loaded: false,
      command: null,
      installed: false,
      runtime: { status: "stopped", missingUnit: true },
    });
    expect((await machine.call("status")).stdout).toContain("not installed");
    const stop = await machine.call("stop", "--json");
    expect(stop.code).toBe(0);
    expect(JSON.parse(stop.stdout)).toMatchObject({
      action: "stop",
      ok: true,
      result: "not-loaded",
      message: "Node service disabled.",
    });
    const restart = await machine.call("restart", "--json");
    expect(JSON.parse(restart.stdout)).toMatchObject({
      ok: true,
      result: "not-loaded",
      hints: ["clawdbot node install"],
    });
    const start = await machine.call("start", "--json");
    expect(start.code).toBe(1);
    expect(JSON.parse(start.stdout)).toMatchObject({ ok: false, hints: ["clawdbot node install"] });
    const uninstall = await machine.call("uninstall", "--json");
    expect(uninstall.code).toBe(0);
    expect(JSON.parse(uninstall.stdout)).toMatchObject({ ok: true, result: "uninstalled" });
    expect(machine.changes()).toEqual([]);
  });

  test("a whole life", async () => {
    using machine = new Machine();
    mkdirSync(join(machine.line.home, ".clawdbot"));
    writeFileSync(join(machine.line.home, ".clawdbot/exec-approvals.json"), "{}");
    await machine.call("install", "--host", "gateway.local");
    const status = await machine.call("status", "--json");
    // The manager says that it runs; the host itself says nothing here.
    expect(status.code).toBe(75);
    expect(JSON.parse(status.stdout).host).toMatchObject({ running: false });
    expect(JSON.parse(status.stdout).service).toMatchObject({
      loaded: true,
      command: {
        programArguments: [process.execPath, "node", "run", "--host", "gateway.local"],
        sourcePath: machine.unit,
      },
      runtime: { status: "running", pid: 4242, state: "active", subState: "running" },
    });
    expect((await machine.call("status")).stdout).toContain("running (pid 4242");
    expect(JSON.parse((await machine.call("stop", "--json")).stdout).result).toBe("stopped");
    expect((await machine.call("status")).code).toBe(1);
    expect(JSON.parse((await machine.call("start", "--json")).stdout).result).toBe("started");
    expect(JSON.parse((await machine.call("restart", "--json")).stdout).result).toBe("restarted");
    expect((await machine.call("logs", "--lines", "7")).stdout).toBe(
      "journal: --user -u clawdbot-node.service -n 7 --no-pager\n",
    );
    expect((await machine.call("logs", "-n", "x")).code).toBe(2);
    expect((await machine.call("uninstall")).stdout).toContain("Removed systemd service");
    const left = Object.keys(treeOf(machine.line.home)).filter(
      (path) => !path.startsWith(".config"),
    );
    expect(left).toEqual([".clawdbot", ".clawdbot/exec-approvals.json"]);
    expect((await machine.call("status")).code).toBe(1);
  });
});

describe("doctor", () => {
  test("of a service: its PATH, whether it runs, and whether it outlives a logout", async () => {
    using machine = new Machine();
    await machine.call("install", "--host", "127.0.0.1", "--port", "1");
    const examine = async (): Promise<any> => {
      const { stdout } = await machine.line.call("doctor", "--user", "--json");
      return Object.fromEntries(JSON.parse(stdout).checks.map((check: any) => [check.id, check]));
    };
    const running = await examine();
    // Nothing answers on the socket: the service is another program here.
    expect(running.service).toMatchObject({ status: "warn", fix: "clawdbot node restart" });
    expect(running.path.fact).toContain("in the PATH of the service");
    expect(running.linger.fix).toStartWith("sudo loginctl enable-linger ");
    expect(running.tcp.fix).toContain("clawdbot node install --host 127.0.0.1 --port PORT");
    await machine.call("stop");
    expect((await examine()).service).toMatchObject({
      status: "fail",
      fix: "clawdbot node start, and see: clawdbot node logs",
    });
    expect(machine.changes().filter((line) => / (start|restart|enable) /.test(line))).toHaveLength(
      2,
    );
  });
});
