// The guardian's host is a process of its own here, which is killed.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { allGone, endForGood, isAlive, pidsIn, until } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";

const children = join(import.meta.dir, "..", "fixtures", "children");
const program = fileURLToPath(import.meta.resolve("../fixtures/children/guarded-host.ts"));

/** A host that starts these shell texts under guard; `over` ends before the host dies. */
class Host implements Disposable {
  readonly scratch = new Scratch();
  readonly #child;

  constructor(texts: readonly string[]) {
    this.#child = Bun.spawn([process.execPath, program, ...texts], {
      cwd: this.scratch.path,
      stdout: "inherit",
      stderr: "inherit",
    });
  }

  pids(name: string): Promise<number[]> {
    return pidsIn(this.scratch.at(name));
  }

  async die(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  /** Ids of the guardian's processes. */
  guardian(): number[] {
    const { stdout } = Bun.spawnSync(["ps", "-eo", "pid,ppid,args"]);
    const lines = stdout.toString().split("\n");
    return lines
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, parent, ...words]) =>
          Number(parent) === this.#child.pid && words.join(" ").includes("tail -n"),
      )
      .map(([pid]) => Number(pid));
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
    this.scratch[Symbol.dispose]();
  }
}

describe.if(process.platform === "linux")("when its host is killed", () => {
  test("commands end, stubborn ones and daemons too", async () => {
    using host = new Host([
      `exec sh ${children}/has-stubborn-grandchild.sh tree`,
      `exec sh ${children}/leaves-its-group.sh daemons`,
    ]);
    const pids = [...(await host.pids("tree")), ...(await host.pids("daemons"))];
    expect(pids.filter(isAlive)).toHaveLength(7);
    await until(() => host.guardian().length > 0);
    // Without environment and parent a daemon cannot be told from a stranger.
    const bare = pids.filter((pid) => readFileSync(`/proc/${pid}/environ`).length === 0);
    expect(bare).toHaveLength(1);
    await host.die();
    await allGone(pids.filter((pid) => !bare.includes(pid)));
    endForGood(bare);
  });

  test("what a finished command has left stays", async () => {
    using host = new Host([
      `sh ${children}/leaves-holder.sh left`,
      "echo $$ > other; exec sleep 600",
    ]);
    const [left, other] = [await host.pids("left"), await host.pids("other")];
    // The host has noticed that the first one is over.
    await until(() => host.scratch.has("over-0"));
    await until(() => host.guardian().length > 0);
    await host.die();
    await allGone(other);
    expect(left.every(isAlive)).toBe(true);
    endForGood(left);
  });

  test("a guardian that was killed is replaced by the next command", async () => {
    using host = new Host(["echo $$ > first; exec sleep 600", "echo $$ > second; exec sleep 600"]);
    const pids = [...(await host.pids("first"))];
    await until(() => host.guardian().length > 0);
    endForGood(host.guardian());
    await until(() => host.guardian().length === 0);
    // The second command waits for this.
    host.scratch.file("go", "");
    pids.push(...(await host.pids("second")));
    await until(() => host.guardian().length > 0);
    await host.die();
    await allGone(pids);
  });

  test("after thousands of commands a long one is still known", async () => {
    using host = new Host(["echo $$ > long; exec sleep 600", "many"]);
    const pids = await host.pids("long");
    await until(() => host.scratch.has("many-over"));
    await host.die();
    await allGone(pids);
  });
});
