import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { render } from "../../src/exec/captured-text.ts";
import { keptBytes } from "../../src/exec/output-capture.ts";
import { type RunOptions, type RunOutcome, startCommand } from "../../src/exec/running-command.ts";
import { parseEncoding } from "../../src/exec/output-encoding.ts";
import type { Spawner } from "../../src/platform/ports.ts";
import { systemSpawner } from "../../src/platform/child-process.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { allGone, endForGood, isAlive, pidsIn, until } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";

const children = join(import.meta.dir, "..", "fixtures", "children");
const nothing = { head: "", tail: "", missingBytes: 0 };

function start(options: Partial<RunOptions>, clock = systemClock) {
  return startCommand(
    { spawner: systemSpawner, clock },
    {
      program: "/bin/sh",
      argv: ["sh"],
      cwd: "/",
      env: { PATH: "/usr/bin:/bin" },
      timeoutMs: undefined,
      ...options,
    },
  );
}

function child(name: string, ...words: string[]): Partial<RunOptions> {
  return { argv: ["sh", join(children, name), ...words] };
}

function shell(text: string): Partial<RunOptions> {
  return { argv: ["sh", "-c", text] };
}

const run = (options: Partial<RunOptions>): Promise<RunOutcome> => start(options).outcome;
const exit = (code: number) => ({ kind: "exit", code }) as const;

describe("a command that ends by itself", () => {
  test.each<[string, string, RunOutcome["end"], string, string]>([
    ["says nothing", "exit 0", { kind: "exit", code: 0 }, "", ""],
    ["fails", "echo no >&2; exit 3", { kind: "exit", code: 3 }, "", "no\n"],
    ["uses both streams", "echo a; echo b >&2; echo c", { kind: "exit", code: 0 }, "a\nc\n", "b\n"],
    ["has the highest code", "exit 255", { kind: "exit", code: 255 }, "", ""],
    ["kills itself", "echo a; kill -KILL $$", { kind: "signal", signal: "SIGKILL" }, "a\n", ""],
    ["crashes", "kill -SEGV $$", { kind: "signal", signal: "SIGSEGV" }, "", ""],
    ["ends itself politely", "kill -TERM $$", { kind: "signal", signal: "SIGTERM" }, "", ""],
    ["prints no final line break", "printf a", { kind: "exit", code: 0 }, "a", ""],
    [
      "prints bytes that are no text",
      "printf 'a\\377\\000b'",
      { kind: "exit", code: 0 },
      "a\ufffd\0b",
      "",
    ],
  ])("%s", async (_case, text, end, stdout, stderr) => {
    expect(await run(shell(text))).toEqual({
      end,
      startError: undefined,
      timedOut: false,
      stdout: { head: stdout, tail: "", missingBytes: 0 },
      stderr: { head: stderr, tail: "", missingBytes: 0 },
    });
  });

  test("a code point that comes in pieces is put together", async () => {
    const { stdout } = await run(child("splits-code-point.sh"));
    expect(stdout.head).toBe("a€b");
  });

  test("standard input is at its end", async () => {
    const { stdout } = await run(child("reads-stdin.sh"));
    expect(stdout.head).toBe("end of input\n");
  });

  test("standard input is what was given", async () => {
    const { stdout } = await run({ ...child("reads-stdin.sh"), stdin: "a line\nanother\n" });
    expect(stdout.head).toBe("read: a line\n");
  });

  test("its output is decoded as it was asked for", async () => {
    const encoding = parseEncoding("cp850", "utf-8");
    expect((await run({ ...shell("printf '\\204'"), encoding })).stdout.head).toBe("ä");
  });

  test("streams that are closed early end nothing", async () => {
    const { end, stdout } = await run(child("closes-streams.sh"));
    expect({ end, text: stdout.head }).toEqual({
      end: { kind: "exit", code: 4 },
      text: "before\n",
    });
  });

  test("a flood is kept at both ends and counted in between", async () => {
    const { end, stdout, stderr } = await run(child("floods.sh", String(25_000_000)));
    expect(end).toEqual({ kind: "exit", code: 0 });
    for (const [index, text] of [stdout, stderr].entries()) {
      const first = `first on ${index + 1}\n`;
      const last = `\nlast on ${index + 1}\n`;
      expect(text.head).toBe(first + "x".repeat(keptBytes - first.length));
      expect(text.tail).toBe("x".repeat(keptBytes - last.length) + last);
      expect(text.missingBytes).toBe(25_000_000 + first.length + last.length - 2 * keptBytes);
    }
  });

  test("the program, its name, its words, its directory and its environment are as they were given", async () => {
    using scratch = new Scratch();
    const cwd = scratch.directory("a b");
    const words = ["", "a b", "'", '"', "$HOME", "*", "é😀", "-n", "a\nb"];
    const { stdout } = await run({
      ...child("shows-itself.sh", ...words),
      cwd,
      env: { PATH: "/usr/bin:/bin", B: "x=y z", A: "", LC_ALL: "C" },
    });
    expect(stdout.head).toBe(
      [
        cwd,
        join(children, "shows-itself.sh"),
        ...words.map((word) => `[${word}]`),
        "A=",
        "B=x=y z",
        "LC_ALL=C",
        "PATH=/usr/bin:/bin",
        `PWD=${cwd}`,
        "",
      ].join("\n"),
    );
  });

  test("a program is started as the file it is, under the name it was called by", async () => {
    using scratch = new Scratch();
    const program = scratch.program("real-name", "#!/bin/sh\necho ran\n");
    expect((await run({ program, argv: ["another-name"] })).stdout.head).toBe("ran\n");
  });
});

describe("a command that cannot be started", () => {
  test.each<[string, Partial<RunOptions>, string]>([
    ["is not there", { program: "/nowhere/x", argv: ["x"] }, "ENOENT"],
    ["is a directory", { program: "/tmp", argv: ["x"] }, "EACCES"],
    ["may not be executed", { program: "/etc/passwd", argv: ["x"] }, "EACCES"],
    ["has a directory that is not there", { ...shell("exit 0"), cwd: "/nowhere" }, "ENOENT"],
    ["has a file for a directory", { ...shell("exit 0"), cwd: "/etc/passwd" }, "ENOTDIR"],
    ["has one argument that is too long", shell("x".repeat(200_000)), "E2BIG"],
    [
      "has too many arguments",
      { argv: ["sh", "-c", ...Array<string>(100).fill("x".repeat(100_000))] },
      "E2BIG",
    ],
  ])("%s", async (_case, options, startError) => {
    expect(await run(options)).toEqual({
      end: undefined,
      startError,
      timedOut: false,
      stdout: nothing,
      stderr: nothing,
    });
  });

  test.each<[string, Partial<RunOptions>]>([
    ["a word", { argv: ["sh", "-c", "echo a\0b"] }],
    ["the directory", { ...shell("exit 0"), cwd: "/tmp\0/x" }],
    ["the program", { program: "/bin/sh\0x", argv: ["sh"] }],
    ["a variable", { ...shell("exit 0"), env: { A: "a\0b" } }],
  ])("a NUL in %s is an outcome too", async (_case, options) => {
    const { end, startError, stdout } = await run(options);
    // Where the system takes it, nothing behind the NUL may have been run.
    if (startError === undefined) expect(stdout.head).not.toContain("b");
    else expect(end).toBeUndefined();
  });

  test("a script without an interpreter", async () => {
    using scratch = new Scratch();
    const program = scratch.program("script", "#!/nowhere/interpreter\n");
    expect((await run({ program, argv: ["script"] })).startError).toBe("ENOENT");
  });

  test("ending what never began is no error", async () => {
    const command = start({ program: "/nowhere/x" });
    command.terminate();
    command.kill();
    expect((await command.outcome).startError).toBe("ENOENT");
  });
});

describe("a command that has to be ended", () => {
  test("its time limit ends it, and what it said until then counts", async () => {
    const { end, timedOut, stdout } = await run({
      ...shell("echo begun; exec sleep 600"),
      timeoutMs: 300,
    });
    expect({ end, timedOut, text: stdout.head }).toEqual({
      end: { kind: "signal", signal: "SIGTERM" },
      timedOut: true,
      text: "begun\n",
    });
  });

  test("one that catches the signal may still say good-bye and choose its code", async () => {
    using scratch = new Scratch();
    const ready = scratch.at("ready");
    const clock = new ManualClock();
    const text = `trap 'echo bye; exit 7' TERM; echo $$ > ${ready}; while :; do sleep 0.01; done`;
    const command = start({ ...shell(text), timeoutMs: 1000 }, clock);
    await pidsIn(ready);
    clock.advance(1000);
    const { end, timedOut, stdout } = await command.outcome;
    expect({ end, timedOut, text: stdout.head }).toEqual({
      end: { kind: "exit", code: 7 },
      timedOut: true,
      text: "bye\n",
    });
  });

  test("one that ignores the signal is killed when its grace is over", async () => {
    using scratch = new Scratch();
    const clock = new ManualClock();
    const command = start(
      { ...child("ignores-term.sh", scratch.at("ready")), timeoutMs: 1000 },
      clock,
    );
    const pids = await pidsIn(scratch.at("ready"));
    clock.advance(1000);
    await Bun.sleep(50);
    expect(pids.every(isAlive)).toBe(true);
    clock.advance(2000);
    const { end, timedOut, stdout } = await command.outcome;
    expect({ end, timedOut, text: stdout.head }).toEqual({
      end: { kind: "signal", signal: "SIGKILL" },
      timedOut: true,
      text: "about to be stubborn\n",
    });
    await allGone(pids);
  });

  test("children and grandchildren that ignore the signal die with it", async () => {
    using scratch = new Scratch();
    const clock = new ManualClock();
    const options = child("has-stubborn-grandchild.sh", scratch.at("ready"));
    const command = start({ ...options, timeoutMs: 1000 }, clock);
    const pids = await pidsIn(scratch.at("ready"));
    expect(pids.filter(isAlive).length).toBe(3);
    clock.advance(1000);
    const { end, timedOut } = await command.outcome;
    expect({ end, timedOut }).toEqual({
      end: { kind: "signal", signal: "SIGTERM" },
      timedOut: true,
    });
    await allGone(pids);
  });

  test("killing takes the whole tree at once, and is no timeout", async () => {
    using scratch = new Scratch();
    const command = start(child("has-stubborn-grandchild.sh", scratch.at("ready")));
    const pids = await pidsIn(scratch.at("ready"));
    command.kill();
    const { end, timedOut } = await command.outcome;
    expect({ end, timedOut }).toEqual({
      end: { kind: "signal", signal: "SIGKILL" },
      timedOut: false,
    });
    await allGone(pids);
  });

  test("ending it again and again changes nothing", async () => {
    const command = start(shell("exec sleep 600"));
    command.terminate();
    command.terminate();
    command.kill();
    command.kill();
    const { end } = await command.outcome;
    expect(end?.kind).toBe("signal");
    command.terminate();
    command.kill();
    expect(await command.outcome).toMatchObject({ timedOut: false });
  });

  test.if(process.platform === "linux")(
    "daemons that left the group and the session die with it when its time is over",
    async () => {
      using scratch = new Scratch();
      const clock = new ManualClock();
      const options = child("leaves-its-group.sh", scratch.at("ready"));
      const command = start({ ...options, timeoutMs: 1000, treeId: crypto.randomUUID() }, clock);
      const pids = await pidsIn(scratch.at("ready"));
      expect(pids.filter(isAlive)).toHaveLength(4);
      clock.advance(1000);
      const outcome = await command.outcome;
      expect(outcome).toMatchObject({ timedOut: true });
      expect(outcome.survivors).toBeUndefined();
      await allGone(pids);
    },
  );

  test("a shorter grace is kept", async () => {
    using scratch = new Scratch();
    const clock = new ManualClock();
    const options = child("ignores-term.sh", scratch.at("ready"));
    const command = start({ ...options, timeoutMs: 1000, graceMs: 100 }, clock);
    await pidsIn(scratch.at("ready"));
    clock.advance(1000);
    clock.advance(100);
    expect((await command.outcome).end).toEqual({ kind: "signal", signal: "SIGKILL" });
  });

  test("what even SIGKILL does not end is not waited for, but counted", async () => {
    const clock = new ManualClock();
    const signals: string[] = [];
    const spawner: Spawner = {
      spawn: () => ({
        pid: 1,
        ended: new Promise(() => {}),
        stdout: new Response("said").body ?? new ReadableStream(),
        stderr: new ReadableStream(),
        killTree: (signal) => void signals.push(signal),
        survivors: async () => 2,
      }),
    };
    const options = { program: "/x", argv: ["x"], cwd: "/", env: {}, timeoutMs: 1000 };
    const { outcome } = startCommand({ spawner, clock }, options);
    // Its time, its grace, and the wait for a death that does not come.
    for (const ms of [1000, 2000, 3000]) clock.advance(ms);
    await until(() => clock.waiting > 0);
    clock.advance(250);
    expect(await outcome).toMatchObject({
      end: undefined,
      timedOut: true,
      survivors: 2,
      stdout: { head: "said" },
    });
    expect(signals.slice(0, 2)).toEqual(["SIGTERM", "SIGKILL"]);
    expect(clock.waiting).toBe(0);
  });

  test("a limit that is never reached leaves no timer behind", async () => {
    const clock = new ManualClock();
    const command = start({ ...shell("exit 0"), timeoutMs: 1_000_000 }, clock);
    await command.outcome;
    expect(clock.waiting).toBe(0);
  });
});

describe("a process that is left behind", () => {
  test("does not hold back the result, and goes on living", async () => {
    using scratch = new Scratch();
    const { end, stdout, stderr } = await run(child("leaves-holder.sh", scratch.at("holder")));
    const pids = await pidsIn(scratch.at("holder"));
    try {
      expect({ end, out: render(stdout), err: render(stderr) }).toEqual({
        end: { kind: "exit", code: 5 },
        out: "out before\n",
        err: "err before\n",
      });
      expect(pids.every(isAlive)).toBe(true);
    } finally {
      endForGood(pids);
    }
  });

  test("does not die of a closed pipe when it speaks after the result", async () => {
    using scratch = new Scratch();
    const [go, done] = [scratch.at("go"), scratch.at("done")];
    const waits = `while [ ! -e ${go} ]; do sleep 0.01; done; echo late; echo late >&2; echo $$ > ${done}`;
    const clock = new ManualClock();
    const command = start(shell(`sh -c '${waits}' & echo early`), clock);
    // Let its output be read, and its own end be noticed; then end the wait for its pipes.
    clock.advance(10);
    await until(() => clock.waiting === 1);
    clock.advance(250);
    expect((await command.outcome).stdout.head).toBe("early\n");
    scratch.file("go", "");
    expect(await pidsIn(done)).toHaveLength(1);
  });
});

test("many at once do not disturb one another", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 24 }, (_, index) => run(shell(`echo ${index}; exit ${index}`))),
  );
  expect(outcomes.map(({ end, stdout }) => [end, stdout.head])).toEqual(
    outcomes.map((_, index) => [exit(index), `${index}\n`]),
  );
});
