// A real `systemd --user` with its own bus on a machine that was not booted by systemd: in mount,
// process and network name spaces of its own, with a home of its own. Needs root.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ourBinary } from "./our-program.ts";

const START_LIMIT_MS = 20_000;

/** What `sd_booted` looks for; the manager's own directories; a root whose home is the test's. */
const setUp = `set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
sed "s|^root:.*|root:x:0:0:root:$HOME:/bin/sh|" /etc/passwd >"$STAGE/passwd"
mount --bind "$STAGE/passwd" /etc/passwd
ip link set lo up
/usr/lib/systemd/systemd --user >"$STAGE/systemd.log" 2>&1 &
until systemctl --user show --property=Version >/dev/null 2>&1; do sleep 0.05; done
touch "$STAGE/ready"
wait
`;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class UserSystemd implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "clawdbot-systemd-"));
  readonly home = join(this.directory, "home");
  readonly #env: Record<string, string>;
  readonly #outer: Bun.Subprocess;
  #inner = 0;

  private constructor() {
    const runtime = join(this.directory, "run");
    mkdirSync(this.home, { mode: 0o700 });
    mkdirSync(runtime, { mode: 0o700 });
    this.#env = {
      HOME: this.home,
      STAGE: this.directory,
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      XDG_RUNTIME_DIR: runtime,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus`,
    };
    const spaces = ["--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child", "--mount-proc"];
    this.#outer = Bun.spawn(["unshare", ...spaces, "/bin/sh", "-c", setUp], {
      env: this.#env,
      stdin: "ignore",
      stdout: "ignore",
      stderr: Bun.file(join(this.directory, "set-up.log")),
    });
  }

  static async start(): Promise<UserSystemd> {
    const systemd = new UserSystemd();
    const deadline = performance.now() + START_LIMIT_MS;
    while (!existsSync(join(systemd.directory, "ready"))) {
      if (performance.now() > deadline || systemd.#outer.exitCode !== null) {
        const said = systemd.log();
        await systemd[Symbol.asyncDispose]();
        throw new Error(`systemd --user does not start: ${said}`);
      }
      await Bun.sleep(50);
    }
    const { pid } = systemd.#outer;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    systemd.#inner = Number(children.trim().split(" ")[0]);
    return systemd;
  }

  /** What the manager and its set-up have said. */
  log(): string {
    return ["set-up.log", "systemd.log"]
      .map((name) => join(this.directory, name))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, "utf8"))
      .join("");
  }

  write(name: string, text: string): string {
    const path = join(this.home, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** Starts a program beside the manager. */
  spawn(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const enter = ["nsenter", `--target=${this.#inner}`, "--mount", "--pid", "--net", "--ipc"];
    return Bun.spawn([...enter, `--wd=${this.home}`, "--", ...argv], {
      env: { ...this.#env, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  async run(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
    const child = this.spawn(argv, env);
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  }

  clawdbot(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
    return this.run([ourBinary(), ...words], env);
  }

  startClawdbot(words: readonly string[], env?: Readonly<Record<string, string>>) {
    return this.spawn([ourBinary(), ...words], env);
  }

  /** Ends the first process of the name space, and with it all others. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#outer.kill("SIGKILL");
    await this.#outer.exited;
    rmSync(this.directory, { recursive: true, force: true });
  }
}
