import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { render } from "../../src/exec/captured-text.ts";
import { limitShells, limitedStart } from "../../src/exec/limited-start.ts";
import type { ProcessLimits } from "../../src/exec/process-limits.ts";
import { startCommand } from "../../src/exec/running-command.ts";
import { systemSpawner } from "../../src/platform/child-process.ts";
import { systemClock } from "../../src/platform/clock.ts";

const none: ProcessLimits = { memoryBytes: undefined, cpuSeconds: undefined, processes: undefined };
const [shell] = limitShells.filter(({ path }) => existsSync(path));
if (shell === undefined) throw new Error("Cannot test limits: neither bash nor busybox is here");

async function run(limits: Partial<ProcessLimits>, argv: readonly string[], program = "/bin/sh") {
  const start = limitedStart({ ...none, ...limits }, shell!)({ program, argv });
  const { outcome } = startCommand(
    { spawner: systemSpawner, clock: systemClock },
    { ...start, cwd: "/", env: { PATH: "/usr/bin:/bin" }, timeoutMs: 20_000 },
  );
  const { end, stdout } = await outcome;
  return { end, text: render(stdout) };
}

describe("limits around a program", () => {
  test("are what the program then has", async () => {
    const { text } = await run({ memoryBytes: 2 ** 30, cpuSeconds: 7 }, [
      "sh",
      "-c",
      "ulimit -v; ulimit -t",
    ]);
    expect(text).toBe("1048576\n7\n");
  });

  test("leave its name and its words as they were", async () => {
    const words = ["a name", "-c", 'printf "[%s]" "$0" "$@"', "", "a b", "$HOME", "*", "-x"];
    expect((await run({ cpuSeconds: 7 }, words)).text).toBe("[][a b][$HOME][*][-x]");
    expect((await run({ cpuSeconds: 7 }, ["odd-name", "-c", "exec 2>&1; nowhere"])).text).toContain(
      "odd-name",
    );
  });

  test("end one that computes for too long", async () => {
    const { end } = await run({ cpuSeconds: 1 }, ["sh", "-c", "while :; do :; done"]);
    expect(end?.kind).toBe("signal");
  });

  test("keep one from taking too much memory", async () => {
    const { end } = await run({ memoryBytes: 2 ** 26 }, [
      "sh",
      "-c",
      "head -c 200000000 /dev/zero | tail -n 1 > /dev/null",
    ]);
    expect(end).not.toEqual({ kind: "exit", code: 0 });
  });
});
