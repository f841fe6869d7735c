import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { join } from "node:path";
import { systemSpawner } from "../../src/platform/child-process.ts";
import type { Child, SpawnOptions } from "../../src/platform/ports.ts";
import { processesOf, signalProcess, startTimeOf } from "../../src/platform/process-tree.ts";
import { allGone, endForGood, isAlive, pidsIn, until } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";

const children = join(import.meta.dir, "..", "fixtures", "children");
const started: number[] = [];

afterEach(() => endForGood(started.splice(0)));

function spawn(argv: readonly string[], options: Partial<SpawnOptions> = {}): [Child, string] {
  const treeId = crypto.randomUUID();
  const env = { PATH: "/usr/bin:/bin" };
  const child = systemSpawner.spawn({
    program: "/bin/sh",
    argv,
    cwd: "/",
    env,
    treeId,
    ...options,
  });
  started.push(child.pid);
  return [child, treeId];
}

const members = (child: Child, treeId: string): number[] =>
  processesOf(child.pid, treeId)
    .map(({ pid }) => pid)
    .toSorted((a, b) => a - b);

// What is found stands in /proc, which other systems do not have.
describe.if(process.platform === "linux")("a tree", () => {
  test("has the daemons that left its group, also those whose parents are gone", async () => {
    using scratch = new Scratch();
    const [child, treeId] = spawn([
      "sh",
      join(children, "leaves-its-group.sh"),
      scratch.at("pids"),
    ]);
    const pids = await pidsIn(scratch.at("pids"));
    started.push(...pids);
    expect(pids).toHaveLength(4);
    expect(members(child, treeId)).toEqual(expect.arrayContaining(pids.toSorted((a, b) => a - b)));
  });

  test("has nobody else's processes, nor this one", () => {
    const [one, oneId] = spawn(["sh", "-c", "exec sleep 600"]);
    const [other, otherId] = spawn(["sh", "-c", "exec sleep 600"]);
    expect(members(one, oneId)).toEqual([one.pid]);
    expect(members(other, otherId)).toEqual([other.pid]);
  });

  test("is empty when its processes are gone", async () => {
    const [child, treeId] = spawn(["sh", "-c", "exit 0"]);
    await child.ended;
    expect(members(child, treeId)).toEqual([]);
    expect(await child.survivors()).toBe(0);
  });

  test("is ended by SIGKILL as a whole", async () => {
    using scratch = new Scratch();
    const [child] = spawn(["sh", join(children, "leaves-its-group.sh"), scratch.at("pids")]);
    const pids = await pidsIn(scratch.at("pids"));
    started.push(...pids);
    child.killTree("SIGKILL");
    await allGone(pids);
    expect(await child.survivors()).toBe(0);
  });

  test("gets SIGTERM, in the group and outside", async () => {
    using scratch = new Scratch();
    const [inside, outside] = [scratch.at("inside"), scratch.at("outside")];
    const counts = 'trap "echo x >> $0.got" TERM; echo $$ > "$0"; while :; do sleep 0.01; done';
    const text = `(setsid sh -c '${counts}' ${outside} &); sh -c '${counts}' ${inside}`;
    const [child] = spawn(["sh", "-c", `trap : TERM; ${text}`]);
    started.push(...(await pidsIn(inside)), ...(await pidsIn(outside)));
    child.killTree("SIGTERM");
    await until(() => scratch.has("inside.got") && scratch.has("outside.got"));
    child.killTree("SIGKILL");
  });

  test("that forks while it is killed leaves nobody", async () => {
    using scratch = new Scratch();
    const text = 'while :; do setsid sleep 600 & echo $! >> "$0"; done';
    const [child] = spawn(["sh", "-c", text, scratch.at("pids")]);
    const pids = await pidsIn(scratch.at("pids"));
    child.killTree("SIGKILL");
    await child.ended;
    expect(await child.survivors()).toBe(0);
    expect(pids.some(isAlive)).toBe(false);
  });
});

test("nobody is signalled by a number that means others than a run's", () => {
  using kill = spyOn(process, "kill").mockReturnValue(true);
  for (const pid of [0, 1, -1]) signalProcess(pid, "SIGKILL");
  expect(kill).not.toHaveBeenCalled();
  signalProcess(-4_000_000, "SIGTERM");
  expect(kill.mock.calls).toEqual([[-4_000_000, "SIGTERM"]]);
});

test.if(process.platform === "linux")("a process has one start time, and nobody has none", () => {
  expect(startTimeOf(process.pid)).toMatch(/^\d+$/);
  expect(startTimeOf(process.pid)).toBe(startTimeOf(process.pid) as string);
  expect(startTimeOf(2 ** 30)).toBeUndefined();
});

test("standard input is what was given, and its end", async () => {
  const text = "é\n".repeat(100_000);
  const [child] = spawn(["sh", "-c", "wc -c"], { stdin: text });
  expect((await new Response(child.stdout).text()).trim()).toBe("300000");
});

test("a program that reads none of a large standard input ends as it likes", async () => {
  const [child] = spawn(["sh", "-c", "exit 3"], { stdin: "x".repeat(1_000_000) });
  expect(await child.ended).toEqual({ kind: "exit", code: 3 });
});
