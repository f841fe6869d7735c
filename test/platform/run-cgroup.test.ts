// A host in a control group of its own, where the machine lets this test make one.
import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { allGone, isAlive, pidsIn, until } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";

const children = join(import.meta.dir, "..", "fixtures", "children");
const program = fileURLToPath(import.meta.resolve("../fixtures/children/guarded-host.ts"));

function root(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const path = mounts.find((line) => line.includes(" - cgroup2 "))?.split(" ")[4];
  if (path === undefined) return undefined;
  const probe = join(path, `clawdbot-test-probe-${process.pid}`);
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return path;
  } catch {
    return undefined;
  }
}

class GroupedHost implements AsyncDisposable {
  readonly scratch = new Scratch();
  readonly group: string;
  readonly #child;

  constructor(parent: string, texts: readonly string[]) {
    this.group = join(parent, `clawdbot-test-${crypto.randomUUID()}`);
    mkdirSync(this.group);
    this.#child = Bun.spawn([process.execPath, program, ...texts], {
      cwd: this.scratch.path,
      stdout: "inherit",
      stderr: "inherit",
      cgroup: this.group,
    });
  }

  runs(): string[] {
    return readdirSync(this.group).filter((name) => name.startsWith("clawdbot-run-"));
  }

  async die(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die();
    const empty = (): boolean =>
      readFileSync(join(this.group, "cgroup.events"), "utf8").includes("populated 0");
    writeFileSync(join(this.group, "cgroup.kill"), "1");
    await until(empty);
    for (const name of this.runs()) rmdirSync(join(this.group, name));
    rmdirSync(this.group);
    this.scratch[Symbol.dispose]();
  }
}

const parent = root();

describe.if(parent !== undefined)("a control group for every run", () => {
  const host = (...texts: string[]): GroupedHost => new GroupedHost(parent ?? "", texts);

  test("is removed when the command is over", async () => {
    await using grouped = host("exit 0", "echo $$ > long; exec sleep 600");
    await pidsIn(grouped.scratch.at("long"));
    await until(() => grouped.scratch.has("over-0"));
    expect(grouped.runs()).toHaveLength(1);
  });

  test("stays while a process that was left behind lives in it", async () => {
    await using grouped = host(`sh ${children}/leaves-holder.sh left`);
    const left = await pidsIn(grouped.scratch.at("left"));
    await until(() => grouped.scratch.has("over-0"));
    expect(left.every(isAlive)).toBe(true);
    expect(grouped.runs()).toHaveLength(1);
  });

  test("ends even daemons that cleared their environment, when the host is killed", async () => {
    await using grouped = host(`exec sh ${children}/leaves-its-group.sh daemons`);
    const pids = await pidsIn(grouped.scratch.at("daemons"));
    const [run = ""] = grouped.runs();
    const members = readFileSync(join(grouped.group, run, "cgroup.procs"), "utf8");
    for (const pid of pids) expect(members.split("\n")).toContain(String(pid));
    await grouped.die();
    await allGone(pids);
    await until(() => !existsSync(join(grouped.group, run)));
  });
});
