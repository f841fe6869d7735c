// Edits of the approvals file: real files, the kernel's lock, and several processes at once.
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { addPattern, removePattern } from "../../src/approvals/edit.ts";
import { UserError, messageOf } from "../../src/lib/errors.ts";
import { approvalsEditor } from "../../src/node/edit-approvals.ts";
import { setApprovals } from "../../src/node/handlers/exec-approvals.ts";
import { systemRandom } from "../../src/platform/clock.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { systemKernelLock } from "../../src/platform/kernel-lock.ts";
import type { Files, KernelLock } from "../../src/platform/ports.ts";
import { approvalsStore, hashOf } from "../../src/state/approvals-file.ts";
import { pathsIn } from "../../src/state/paths.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { Scratch } from "../fakes/scratch.ts";

type EditLock = Pick<KernelLock, "tryTake">;

const editor = fileURLToPath(import.meta.resolve("../fixtures/children/edits-approvals.ts"));
const entry = { id: "id", addedAtMs: 1 };

class Machine extends Scratch {
  readonly clock = new ManualClock();
  readonly paths = pathsIn(this.at("state"));

  editor(files: Files = systemFiles, lock: EditLock = systemKernelLock) {
    const approvals = approvalsStore(files, this.paths.approvals, process.getuid?.());
    const kernelLock = () => Promise.resolve(lock);
    return approvalsEditor({ files, clock: this.clock, kernelLock, approvals }, this.paths, 100);
  }

  add(pattern: string, ...ports: Parameters<Machine["editor"]>) {
    return this.editor(...ports)(({ file }) => addPattern(file, "main", pattern, entry));
  }

  policy(text: string, mode?: number): string {
    return this.file("state/exec-approvals.json", text, mode);
  }

  get patterns(): string[] {
    const { agents } = this.json("state/exec-approvals.json");
    return agents.main.allowlist.map((item: { pattern: string }) => item.pattern);
  }
}

function failing(code: string): Files {
  return {
    ...systemFiles,
    writeAtomic() {
      throw Object.assign(new Error(`${code}: no`), { code });
    },
  };
}

async function refusal(edit: Promise<unknown>): Promise<UserError> {
  const error = await edit.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof UserError) return error;
  throw new Error(`not refused: ${messageOf(error)}`);
}

describe("an edit", () => {
  test("makes directory and file for this user only, and tells what is there now", async () => {
    using machine = new Machine();
    const { change, snapshot } = await machine.add("/a");
    expect(change.changed).toBe(true);
    expect(machine.patterns).toEqual(["/a"]);
    const text = machine.read("state/exec-approvals.json");
    expect(snapshot).toMatchObject({ exists: true, hash: hashOf(text), file: JSON.parse(text) });
    expect((systemFiles.stat(machine.paths.approvals, false)?.mode ?? 0) & 0o777).toBe(0o600);
    expect((systemFiles.stat(machine.paths.directory, false)?.mode ?? 0) & 0o777).toBe(0o700);
  });

  test("that changes nothing makes nothing, and needs no lock", async () => {
    using machine = new Machine();
    const remove = machine.editor()(({ file }) => removePattern(file, "main", "/a"));
    expect((await remove).change.changed).toBe(false);
    expect(machine.has("state")).toBe(false);
    await machine.add("/a");
    using holder = held(machine.paths.approvalsLock);
    expect((await machine.add("/a")).change.changed).toBe(false);
    expect(holder.released).toBe(false);
  });

  test("begins with what is there when the lock is taken, not with what was there before", async () => {
    using machine = new Machine();
    await machine.add("/a");
    // Between the first look and the lock another process is done with its own edit.
    const late: EditLock = {
      tryTake(path) {
        machine.policy('{"version":1,"agents":{"main":{"allowlist":["/other"]}}}');
        return systemKernelLock.tryTake(path);
      },
    };
    await machine.add("/b", systemFiles, late);
    expect(machine.read("state/exec-approvals.json")).not.toContain('"/a"');
    expect(machine.read("state/exec-approvals.json")).toContain('"/other"');
    expect(machine.read("state/exec-approvals.json")).toContain('"/b"');
  });

  test("the hash that the gateway names is compared while nobody else can write", async () => {
    using machine = new Machine();
    machine.policy('{"version":1}');
    const mine = '{"version":1,"defaults":{"security":"deny"}}';
    const late: EditLock = {
      tryTake(path) {
        machine.policy(mine);
        return systemKernelLock.tryTake(path);
      },
    };
    const edit = machine.editor(systemFiles, late);
    const set = setApprovals(edit, systemRandom, new CollectedLog(), { locked: false });
    const params = { file: { version: 1, defaults: {} }, baseHash: hashOf('{"version":1}') };
    expect(await set({ id: "1", params, cancelled: new AbortController().signal })).toMatchObject({
      ok: false,
      message: expect.stringContaining("exec approvals changed; reload and retry"),
    });
    expect(machine.read("state/exec-approvals.json")).toBe(mine);
  });

  test("waits for another process, and gives up after its time", async () => {
    using machine = new Machine();
    await machine.add("/a");
    const holder = held(machine.paths.approvalsLock);
    const first = machine.add("/b");
    await waits(machine.clock);
    machine.clock.advance(10);
    await waits(machine.clock);
    holder[Symbol.dispose]();
    machine.clock.advance(10);
    await first;
    expect(machine.patterns).toEqual(["/a", "/b"]);

    using again = held(machine.paths.approvalsLock);
    const second = refusal(machine.add("/c"));
    for (let ms = 0; ms < 100; ms += 10) {
      await waits(machine.clock);
      machine.clock.advance(10);
    }
    const { message, hint, exitCode } = await second;
    expect(message).toStartWith(`Cannot change "${machine.paths.approvals}": another process`);
    expect(hint).toBe(`Find it: fuser ${machine.paths.approvalsLock}`);
    expect(exitCode).toBe(75);
    expect(again.released).toBe(false);
    expect(machine.patterns).toEqual(["/a", "/b"]);
  });

  test("that fails gives the lock back", async () => {
    using machine = new Machine();
    await refusal(machine.add("/a", failing("EIO")));
    const edit = machine.editor();
    let calls = 0;
    const thrown = edit(({ file }) => {
      calls += 1;
      if (calls === 2) throw new UserError("no");
      return addPattern(file, "main", "/a", entry);
    });
    expect((await refusal(thrown)).message).toBe("no");
    await machine.add("/a");
    expect(machine.patterns).toEqual(["/a"]);
  });
});

describe("nothing is lost", () => {
  test.each<[string, string, number | undefined]>([
    ["is damaged", "{", undefined],
    ["is empty", "", undefined],
    ["holds no object", "[]", undefined],
    ["is of a later version", '{"version":2}', undefined],
    ["has a deny list that is not understood", '{"version":1,"deny":5}', undefined],
    ["may be written by everybody", '{"version":1}', 0o666],
  ])("a file that %s stays as it is", async (_case, text, mode) => {
    using machine = new Machine();
    machine.policy(text, mode);
    const { message, exitCode } = await refusal(machine.add("/a"));
    expect(message).toContain("it cannot be used and was left as it is: ");
    expect(exitCode).toBe(3);
    expect(machine.read("state/exec-approvals.json")).toBe(text);
    expect(readdirSync(machine.paths.directory)).toEqual(["exec-approvals.json"]);
  });

  test.each<[string, string]>([
    ["out of the directory", "../elsewhere.json"],
    ["beside it", "beside.json"],
  ])("a link that leads %s stays a link", async (_case, target) => {
    using machine = new Machine();
    const file = machine.file(join("state", target), '{"version":1}');
    machine.link("state/exec-approvals.json", target);
    await refusal(machine.add("/a"));
    expect(systemFiles.readText(file)).toBe('{"version":1}');
    expect(systemFiles.stat(machine.paths.approvals, false)?.kind).toBe("symlink");
  });

  test.each([
    ["EROFS", "CLAWDBOT_STATE_DIR"],
    ["ENOSPC", "The disk is full"],
    ["EACCES", "sudo chown"],
  ])("%s for the lock and for the file is told with its remedy", async (code, hint) => {
    using machine = new Machine();
    const text = '{"version":1,"agents":{"main":{"allowlist":["/kept"]}}}';
    machine.policy(text);
    const lock: EditLock = {
      tryTake() {
        throw Object.assign(new Error(`${code}: no`), { code });
      },
    };
    for (const edit of [machine.add("/a", systemFiles, lock), machine.add("/a", failing(code))]) {
      const error = await refusal(edit);
      expect(error.message).toStartWith("Cannot write ");
      expect(error.hint).toContain(hint);
      expect(machine.read("state/exec-approvals.json")).toBe(text);
    }
  });

  test.skipIf(process.getuid?.() === 0)("a directory that may not be written is told", async () => {
    using machine = new Machine();
    machine.directory("state", 0o500);
    expect((await refusal(machine.add("/a"))).message).toStartWith("Cannot write ");
  });

  test("several processes that add and remove at once: every edit counts, the file is always whole", async () => {
    using machine = new Machine();
    const times = 40;
    const names = ["p", "q", "r", "s"];
    const started = names.map((name) =>
      Bun.spawn([process.execPath, editor, machine.paths.directory, name, String(times)], {
        stdin: "pipe",
        stdout: "pipe",
        stderr: "inherit",
      }),
    );
    for (const child of started) await child.stdout.getReader().read();
    for (const child of started) {
      void child.stdin.write("go\n");
      void child.stdin.flush();
    }
    const ended = Promise.all(started.map((child) => child.exited));
    let reads = 0;
    while (started.some(({ exitCode }) => exitCode === null)) {
      const text = systemFiles.readText(machine.paths.approvals);
      if (text !== undefined) expect(JSON.parse(text).version).toBe(1);
      reads += 1;
      await Bun.sleep(0);
    }
    await ended;
    expect(started.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    expect(reads).toBeGreaterThan(0);
    const odd = Array.from({ length: times / 2 }, (_, index) => index * 2 + 1);
    const wanted = names.flatMap((name) => odd.map((index) => `/${name}/${index}`));
    expect(machine.patterns.toSorted()).toEqual(wanted.toSorted());
    expect(readdirSync(machine.paths.directory).toSorted()).toEqual([
      "exec-approvals.json",
      "exec-approvals.lock",
    ]);
  }, 60_000);
});

function held(path: string): Disposable & { readonly released: boolean } {
  const release = systemKernelLock.tryTake(path);
  if (release === undefined) throw new Error(`${path} is held`);
  let released = false;
  return {
    get released() {
      return released;
    },
    [Symbol.dispose]() {
      if (!released) release();
      released = true;
    },
  };
}

/** Waits until something waits for the clock. */
async function waits(clock: ManualClock): Promise<void> {
  while (clock.waiting === 0) await Promise.resolve();
}
