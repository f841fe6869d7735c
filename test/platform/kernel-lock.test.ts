// The lock between real processes: what counts is what another process sees.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemKernelLock } from "../../src/platform/kernel-lock.ts";
import { Scratch } from "../fakes/scratch.ts";

const program = fileURLToPath(import.meta.resolve("../fixtures/children/holds-lock.ts"));

class Holder implements AsyncDisposable {
  readonly #child;
  readonly #lines;

  constructor(path: string) {
    this.#child = Bun.spawn([process.execPath, program, path], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async says(): Promise<string> {
    return ((await this.#lines.read()).value ?? "").trim();
  }

  async release(): Promise<void> {
    await this.#child.stdin.write("release\n");
    await this.#child.stdin.flush();
    expect(await this.says()).toBe("done");
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

describe("the kernel's lock", () => {
  test("is refused to a second process, and free again once released", async () => {
    using scratch = new Scratch();
    const path = scratch.at("lock");
    await using first = new Holder(path);
    expect(await first.says()).toBe("taken");
    await using second = new Holder(path);
    expect(await second.says()).toBe("refused");
    expect(systemKernelLock.tryTake(path)).toBeUndefined();
    await first.release();
    const release = systemKernelLock.tryTake(path);
    expect(release).toBeFunction();
    release?.();
  });

  test("is free as soon as its holder is killed, without anybody cleaning up", async () => {
    using scratch = new Scratch();
    const path = scratch.at("lock");
    await using holder = new Holder(path);
    expect(await holder.says()).toBe("taken");
    await holder.kill();
    const release = systemKernelLock.tryTake(path);
    expect(release).toBeFunction();
    release?.();
  });

  test("goes to one of many that ask at the same time", async () => {
    using scratch = new Scratch();
    const holders = Array.from({ length: 4 }, () => new Holder(scratch.at("lock")));
    const said = await Promise.all(holders.map((holder) => holder.says()));
    await Promise.all(holders.map((holder) => holder.kill()));
    expect(said.toSorted()).toEqual(["refused", "refused", "refused", "taken"]);
  });

  test("is refused to the same process too, and can be taken again and again", () => {
    using scratch = new Scratch();
    const path = scratch.at("lock");
    for (let times = 0; times < 3; times += 1) {
      const release = systemKernelLock.tryTake(path);
      expect(release).toBeFunction();
      expect(systemKernelLock.tryTake(path)).toBeUndefined();
      release?.();
    }
  });

  test("of one path is not the lock of another", () => {
    using scratch = new Scratch();
    const [one, other] = ["one", "other"].map((name) => systemKernelLock.tryTake(scratch.at(name)));
    expect([one, other]).toEqual([expect.any(Function), expect.any(Function)]);
    one?.();
    other?.();
  });

  test.each<[string, (scratch: Scratch) => string]>([
    ["a directory that is not there", (scratch) => scratch.at("missing", "lock")],
    ["a directory", (scratch) => scratch.directory("lock")],
    ["a path below a file", (scratch) => join(scratch.file("file", ""), "lock")],
    [
      "a file that is something else",
      (scratch) => scratch.file("lock", "not a lock\n".repeat(500)),
    ],
  ])("on %s is an error, not a refusal", (_what, pathIn) => {
    using scratch = new Scratch();
    expect(() => systemKernelLock.tryTake(pathIn(scratch))).toThrow();
  });
});
