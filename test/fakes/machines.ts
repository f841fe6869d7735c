// Machines with one service manager each: real files below a directory, tools that keep state.
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { systemClock } from "../../src/platform/clock.ts";
import { launchdManager } from "../../src/service/launchd-manager.ts";
import type { ManagerPorts, ServiceManager, ServicePlace } from "../../src/service/manager.ts";
import { openrcManager } from "../../src/service/openrc-manager.ts";
import { rcManager } from "../../src/service/rc-manager.ts";
import { serviceNames } from "../../src/service/service-names.ts";
import type { ServiceSpec } from "../../src/service/service-spec.ts";
import { systemdManager } from "../../src/service/systemd-manager.ts";
import { taskManager } from "../../src/service/task-manager.ts";
import { rootedFiles } from "./rooted-files.ts";
import { Scratch } from "./scratch.ts";
import { systemSpec, userSpec } from "./service-specs.ts";
import { Tools } from "./tools.ts";

export type MachineName =
  | "systemd of a user"
  | "systemd of the system"
  | "launchd agent"
  | "launchd daemon"
  | "Task Scheduler"
  | "OpenRC"
  | "SysV init"
  | "Synology";

export const machineNames: readonly MachineName[] = [
  "systemd of a user",
  "systemd of the system",
  "launchd agent",
  "launchd daemon",
  "Task Scheduler",
  "OpenRC",
  "SysV init",
  "Synology",
];

/** What tools remember: whether the service is enabled, and whether it runs. */
export class Machine implements Disposable {
  readonly scratch = new Scratch();
  readonly root = this.scratch.directory("root", 0o755);
  readonly files = rootedFiles(this.root);
  readonly name: MachineName;
  readonly tools: Tools;
  readonly spec: ServiceSpec;
  readonly place: ServicePlace;
  enabled = false;
  running = false;
  account = false;
  lingering = false;
  /** The exit code of a host that does not stay up. */
  diesWith: number | undefined;
  /** The index of the call that fails, counted without mere questions. */
  failingCall = -1;
  #changes = 0;
  #time = 0;

  constructor(name: MachineName) {
    this.name = name;
    const base = name.includes("user") || name.includes("agent") || name.includes("Task");
    this.spec = base
      ? {
          ...userSpec,
          secrets: [{ name: "gateway-token", path: `${userSpec.dataDirectory}/gateway-token` }],
        }
      : systemSpec;
    this.place = {
      names: serviceNames(undefined),
      scope: this.spec.scope,
      home: this.spec.workingDirectory,
      stateDirectory: this.spec.stateDirectory,
      dataDirectory: this.spec.dataDirectory,
      uid: base ? 501 : 0,
      userName: "alice",
    };
    // They are part of such systems.
    if (name === "OpenRC") this.scratch.directory("root/etc/runlevels/default", 0o755);
    if (name === "SysV init") this.scratch.directory("root/etc/rc3.d", 0o755);
    this.tools = new Tools((line, argv) => this.#answer(line, argv));
  }

  /** As the next command would see the machine. */
  get manager(): ServiceManager {
    return this.#manager({
      files: this.files,
      runner: this.tools,
      clock: { ...systemClock, monotonic: () => (this.#time += 700), after: nothingLater },
    });
  }

  #manager(ports: ManagerPorts): ServiceManager {
    const { place } = this;
    switch (this.name) {
      case "systemd of a user":
        return systemdManager(ports, place, {
          version: 252,
          notifies: true,
          makeAccountWith: undefined,
          lingering: this.lingering,
        });
      case "systemd of the system":
        return systemdManager(ports, place, {
          version: 252,
          notifies: true,
          makeAccountWith: this.account ? undefined : "useradd",
          lingering: false,
        });
      case "launchd agent":
      case "launchd daemon":
        return launchdManager(ports, place);
      case "Task Scheduler":
        return taskManager(ports, place, {
          user: "PC\\alice",
          start: "boot",
          consoleHost: "c.exe",
        });
      case "OpenRC":
        return openrcManager(ports, place, this.account ? undefined : "adduser");
      case "SysV init":
      case "Synology": {
        const style = this.name === "Synology" ? "synology" : "sysv";
        const registrar = style === "sysv" ? "update-rc.d" : undefined;
        return rcManager(ports, place, { style, registrar, makeAccountWith: undefined });
      }
    }
  }

  #answer(line: string, argv: readonly string[]) {
    const question = / (show|print|\/Query|status)( |$)/.test(line);
    if (question) return this.#state(line);
    if (this.#changes++ === this.failingCall) return { code: 7, stderr: "out of order" };
    if (/^(useradd|adduser)/.test(line)) this.account = true;
    if (/^(userdel|deluser)/.test(line)) this.account = false;
    if (/enable-linger/.test(line)) this.lingering = true;
    if (/disable-linger/.test(line)) this.lingering = false;
    // It only allows what bootstrap does.
    if (line.startsWith("launchctl enable")) return undefined;
    const isOff = / (disable|bootout|\/Delete|remove|del)( |$)/.test(line);
    if (/ (enable|bootstrap|\/Create|add|defaults)( |$)/.test(line) && !isOff) {
      if (/bootstrap/.test(line) && this.enabled) return { code: 37, stderr: "already" };
      this.enabled = true;
      this.#link(true);
    }
    if (isOff && !/linger|deluser|userdel|delgroup/.test(line)) {
      if (/bootout/.test(line) && !this.enabled) return { code: 3 };
      this.enabled = false;
      this.#link(false);
      if (/--now|bootout|\/Delete/.test(line)) this.running = false;
    }
    if (/ (start|restart|bootstrap|kickstart|\/Run)( |$)/.test(line)) {
      this.running = this.diesWith === undefined;
    }
    if (/ (stop|\/End)( |$)/.test(line)) this.running = false;
    void argv;
    return undefined;
  }

  /** What enabling leaves in the file system. */
  #link(on: boolean): void {
    const links: Partial<Record<MachineName, string>> = {
      "systemd of a user":
        "/home/alice/.config/systemd/user/default.target.wants/clawdbot-node.service",
      "systemd of the system": "/etc/systemd/system/multi-user.target.wants/clawdbot-node.service",
      OpenRC: "/etc/runlevels/default/clawdbot-node",
      "SysV init": "/etc/rc3.d/S20clawdbot-node",
    };
    const link = links[this.name];
    if (link === undefined) return;
    const path = `${this.root}${link}`;
    rmSync(path, { force: true });
    if (!on) return;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(this.manager.definition, path);
  }

  #state(line: string) {
    if (line.startsWith("systemctl")) {
      const failed = this.diesWith !== undefined && !this.running;
      return {
        stdout: [
          `LoadState=${this.files.stat(this.manager.definition, true) === undefined ? "not-found" : "loaded"}`,
          `UnitFileState=${this.enabled ? "enabled" : "disabled"}`,
          `ActiveState=${this.running ? "active" : failed ? "failed" : "inactive"}`,
          `SubState=${this.running ? "running" : failed ? "failed" : "dead"}`,
          `MainPID=${this.running ? 42 : 0}`,
          `ExecMainCode=${failed ? 1 : 0}`,
          `ExecMainStatus=${this.diesWith ?? 0}`,
        ].join("\n"),
      };
    }
    if (line.startsWith("launchctl")) {
      if (!this.enabled) return { code: 113 };
      return {
        stdout: `x = {\n\tstate = ${this.running ? "running" : "not running"}\n\tpid = ${this.running ? 42 : 0}\n\tlast exit code = ${this.diesWith ?? 0}\n}`,
      };
    }
    if (line.startsWith("schtasks")) {
      if (!this.enabled) return { code: 1 };
      return {
        stdout: `"PC","\\Clawdbot Node","N/A","Wird ausgeführt","x","y","${this.running ? 267009 : 0}"\r\n`,
      };
    }
    return { code: this.running ? 0 : 3, stdout: this.running ? "running (pid 42)" : "stopped" };
  }

  /** A file that was there before. */
  put(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(`${this.root}${path}`), { recursive: true });
    writeFileSync(`${this.root}${path}`, text);
    chmodSync(`${this.root}${path}`, mode);
  }

  resetCalls(): void {
    this.#changes = 0;
    this.tools.take();
  }

  [Symbol.dispose](): void {
    this.scratch[Symbol.dispose]();
  }
}

function nothingLater(_ms: number, callback: () => void): () => void {
  callback();
  return () => undefined;
}
