// A machine of its own as far as its init can tell: systemd-nspawn over a copy of Debian, with its
// own processes and a network that has nothing but loopback. Needs root.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Ended } from "../../interop/harness/child.ts";
import { eventually } from "../../interop/harness/eventually.ts";
import { ourBinary } from "../../interop/harness/our-program.ts";
import { alone } from "./alone.ts";
import { removeGroup } from "./control-group.ts";
import { type Init, copyRoot } from "./debian-root.ts";
import { runDirectory } from "./run-directory.ts";

const BOOT_LIMIT_MS = 30_000;
const END_LIMIT_MS = 10_000;
/** With this systemd-nspawn says that the machine wants to be started again. */
const REBOOT_CODE = 133;

/** Puts itself into groups of its own before it becomes the container. */
const launcher = `for group in $GROUPS_OF_CONTAINER; do echo 0 >"$group/cgroup.procs"; done
exec "$@"
`;

export class Container implements AsyncDisposable {
  readonly root: string;
  readonly init: Init;
  readonly #groups: readonly string[];
  #outer: Bun.Subprocess | undefined;
  #inner = 0;

  private constructor(root: string, init: Init, groups: readonly string[]) {
    this.root = root;
    this.init = init;
    this.#groups = groups;
  }

  /** `name` tells the containers of a test run apart. Nothing runs before `boot`. */
  static async create(name: string, init: Init): Promise<Container> {
    const root = await copyRoot(name, init);
    const groups = runDirectory().groups.map((group) => join(group, name));
    for (const group of groups) mkdirSync(group);
    return new Container(root, init, groups);
  }

  write(path: string, text: string, mode = 0o644): void {
    const at = join(this.root, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text, { mode });
  }

  append(path: string, text: string): void {
    appendFileSync(join(this.root, path), text);
  }

  link(path: string, target: string): void {
    const at = join(this.root, path);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(target, at);
  }

  /** Returns when the init has started what it starts. */
  async boot(): Promise<void> {
    const output = Bun.file(`${this.root}.log`);
    this.#outer = Bun.spawn([...alone, "/bin/sh", "-c", launcher, "sh", ...this.#nspawn()], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", GROUPS_OF_CONTAINER: this.#groups.join(" ") },
      stdin: "ignore",
      stdout: output,
      stderr: output,
    });
    await eventually(`${this.init} has booted`, BOOT_LIMIT_MS, async () => {
      this.#inner = this.#firstProcess();
      return (await this.#isUp()) || undefined;
    });
  }

  /** As the machine's own administrator would: asked from inside, and started again outside. */
  async reboot(): Promise<void> {
    await this.run(this.init === "systemd" ? ["systemctl", "reboot"] : ["shutdown", "-r", "now"]);
    const code = await this.#outer?.exited;
    if (code !== REBOOT_CODE) throw new Error(`No reboot but exit code ${code}: ${this.log()}`);
    await this.boot();
  }

  /** Starts a program beside the init, as root. */
  async run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const enter = ["nsenter", `--target=${this.#inner}`, "--all", "--root", "--wd"];
    const child = Bun.spawn([...enter, "--", ...argv], {
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOME: "/root",
        LC_ALL: "C.UTF-8",
        ...env,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  }

  /** A login of somebody: `su` with everything that PAM does for a session. */
  runAs(
    user: string,
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const words = ["env", ...variables, ...argv];
    return this.run(["su", "--login", user, "--command", 'exec "$0" "$@"', "--", ...words]);
  }

  /** The command lines of all processes. */
  async commands(): Promise<string[]> {
    const script = 'for at in /proc/[0-9]*/cmdline; do tr "\\0" " " <"$at"; echo; done 2>/dev/null';
    const { stdout } = await this.run(["/bin/sh", "-c", script]);
    return stdout.split("\n").map((line) => line.trimEnd());
  }

  /** The init has no say in it. */
  async signal(name: "KILL" | "STOP", pid: number): Promise<void> {
    const { code, stderr } = await this.run(["/bin/sh", "-c", `kill -${name} ${pid}`]);
    if (code !== 0) throw new Error(`Cannot send SIG${name} to ${pid}: ${stderr}`);
  }

  /** What the init and its console have said. */
  log(): string {
    const path = `${this.root}.log`;
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  #nspawn(): string[] {
    return [
      "systemd-nspawn",
      "--quiet",
      // There may be no machined here, and the control groups are ours.
      "--register=no",
      "--keep-unit",
      "--private-network",
      "--link-journal=no",
      "--resolv-conf=off",
      "--timezone=off",
      "--console=pipe",
      `--machine=${this.#name()}`,
      `--directory=${this.root}`,
      `--bind-ro=${ourBinary()}:/usr/local/bin/clawdbot`,
      ...(this.init === "systemd" ? ["--boot"] : ["/sbin/init"]),
    ];
  }

  #name(): string {
    return `${basename(runDirectory().path)}-${basename(this.root)}`;
  }

  #firstProcess(): number {
    const outer = this.#outer;
    if (outer === undefined || outer.exitCode !== null) {
      throw new Error(`The container ended: ${this.log()}`);
    }
    // Between them is systemd-nspawn.
    return onlyChild(onlyChild(outer.pid));
  }

  async #isUp(): Promise<boolean> {
    if (this.init === "systemd") {
      const { stdout } = await this.run(["systemctl", "is-system-running"]);
      return /^(running|degraded)$/m.test(stdout);
    }
    const { stdout } = await this.run(["runlevel"]);
    return / 2$/m.test(stdout) && !(await this.#startsStill());
  }

  /** The script that starts everything of a run level ends when that is done. */
  async #startsStill(): Promise<boolean> {
    const running = await this.commands();
    return running.some((line) => /\/etc\/init\.d\/rc(S| \d)/.test(line));
  }

  /** Ends the first process, and with it all others. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#outer?.kill("SIGKILL");
    await this.#outer?.exited;
    // It leaves this behind when it is not stopped but killed.
    const left = join("/run/systemd/nspawn/propagate", this.#name());
    if (existsSync(left)) rmdirSync(left);
    rmSync(this.root, { recursive: true, force: true });
    // Its processes are dying, and a group goes only after the last of them.
    await eventually("the control groups are empty", END_LIMIT_MS, () => {
      for (const group of this.#groups) removeGroup(group);
      return true;
    });
  }
}

function onlyChild(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  const child = Number(children.split(" ")[0]);
  if (child > 0) return child;
  throw new Error(`Process ${pid} has no child yet`);
}
