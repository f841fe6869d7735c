// A machine of its own, with Debian's kernel and a real systemd as its first process: all that this
// one has, as far as it is named, in memory. It has no disk and no network but loopback. The
// processor is emulated, because not every machine that runs these tests can do more.
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Scratch } from "../../fakes/scratch.ts";
import { debianKernel } from "./debian-kernel.ts";
import { InitialRamDisk } from "./initial-ram-disk.ts";

/** From power-on to the agent; usually ten seconds. */
export const bootLimitMs = 180_000;
/** Whatever happens, it is gone after this time. */
const lifeLimitSeconds = 900;

const units = "/usr/lib/systemd/system";
const targets = [
  "basic.target",
  "final.target",
  "local-fs.target",
  "multi-user.target",
  "network-online.target",
  "paths.target",
  "shutdown.target",
  "slices.target",
  "sockets.target",
  "swap.target",
  "sysinit.target",
  "timers.target",
  "umount.target",
];
const always = ["bash", "base64", "cat", "chmod", "chown", "ls", "mkdir", "mount", "sleep", "stty"];

export interface GuestOptions {
  /** Programs of this machine, besides a shell and a few that everybody needs. */
  readonly programs: readonly string[];
  /** Further files: path and content. */
  readonly files: Readonly<Record<string, string>>;
  /** Accounts besides root. */
  readonly accounts: readonly string[];
  /** Our executable; it is `/usr/bin/clawdbot` in the guest. */
  readonly clawdbot: string;
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class VirtualMachine implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #answers: AsyncIterator<string>;

  private constructor(scratch: Scratch, kernel: string, ramDisk: string) {
    this.#scratch = scratch;
    const hardware = "-accel tcg,thread=multi -cpu max -smp 2 -m 1536 -nic none -no-reboot";
    const screens = ["-display", "none", "-monitor", "none"];
    const serialLines = ["-serial", `file:${scratch.at("console.log")}`, "-serial", "stdio"];
    const system = ["-kernel", kernel, "-initrd", ramDisk];
    const append = ["-append", "console=ttyS0 panic=-1 rdinit=/usr/lib/systemd/systemd"];
    const words = [...hardware.split(" "), ...screens, ...serialLines, ...system, ...append];
    // Each goes with the one that has started it, by whatever end.
    const along = ["setpriv", "--pdeathsig", "KILL", "--"];
    const limits = [...along, "timeout", `${lifeLimitSeconds}`, ...along];
    this.#child = Bun.spawn([...limits, "qemu-system-x86_64", ...words], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#answers = linesOf(this.#child.stdout);
  }

  static async boot(options: GuestOptions): Promise<VirtualMachine> {
    const scratch = new Scratch();
    const kernel = debianKernel();
    const ramDisk = scratch.at("root.cpio");
    makeRoot(ramDisk, options);
    const machine = new VirtualMachine(scratch, kernel, ramDisk);
    const deadline = setTimeout(() => machine.#child.kill(), bootLimitMs);
    try {
      if ((await machine.#answer()) !== "ready")
        throw new Error("It does not say that it is ready");
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Runs a script of bash as root; one at a time. */
  async run(script: string): Promise<Said> {
    await this.#child.stdin.write(`${Buffer.from(script).toString("base64")}\n`);
    await this.#child.stdin.flush();
    const [code, stdout = "", stderr = ""] = (await this.#answer()).split(",");
    const text = (encoded: string): string => Buffer.from(encoded, "base64").toString();
    return { code: Number(code), stdout: text(stdout), stderr: text(stderr) };
  }

  async #answer(): Promise<string> {
    const { done, value } = await this.#answers.next();
    if (done !== true) return value;
    const said = readFileSync(this.#scratch.at("console.log"), "utf8");
    throw new Error(
      `Cannot ask the virtual machine: it is gone, having said\n${said.slice(-4000)}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    this.#scratch[Symbol.dispose]();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  return undefined;
}

function makeRoot(path: string, { programs, files, accounts, clawdbot }: GuestOptions): void {
  const root = new InitialRamDisk(path);
  for (const name of ["dev", "proc", "root", "run", "sys", "tmp", "var"])
    root.directory(`/${name}`);
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    root.directory(`/usr/${name}`);
    root.link(`/${name}`, `usr/${name}`);
  }
  root.program(clawdbot, "/usr/bin/clawdbot");
  root.program("/usr/lib/systemd/systemd");
  for (const name of [...always, "sh", "systemctl", ...programs]) {
    const found = Bun.which(name, { PATH: "/usr/bin:/usr/sbin" });
    if (found === null) throw new Error(`Cannot find "${name}" on this machine`);
    root.program(realpathSync(found), `/usr/bin/${name}`);
  }
  for (const name of targets) root.copy(join(units, name));
  const names = accounts.map((name, index) => [name, 1000 + index] as const);
  root.file("/etc/passwd", ["root:x:0:0::/root:/bin/sh", ...names.map(passwdLine)].join("\n"));
  root.file("/etc/group", ["root:x:0:", ...names.map(groupLine)].join("\n"));
  root.file("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  root.copy(join(import.meta.dir, "..", "fixtures", "guest-agent.sh"), "/usr/bin/guest-agent");
  root.file(
    "/etc/systemd/system/default.target",
    "[Unit]\nWants=guest-agent.service multi-user.target\n",
  );
  root.file(
    "/etc/systemd/system/guest-agent.service",
    "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/usr/bin/guest-agent\nEnvironment=HOME=/root\n",
  );
  for (const [name, text] of Object.entries(files)) root.file(name, text);
  root.close();
}

type Account = readonly [name: string, id: number];
const passwdLine = ([name, id]: Account): string => `${name}:x:${id}:${id}::/home/${name}:/bin/sh`;
const groupLine = ([name, id]: Account): string => `${name}:x:${id}:`;
