import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { loginPath } from "../../src/exec/login-path.ts";
import { systemSpawner } from "../../src/platform/child-process.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { allGone, pidsIn } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";

const ask = (shell: string, home: string, clock = systemClock) =>
  loginPath(
    { spawner: systemSpawner, clock },
    { shell, cwd: "/", env: { HOME: home, PATH: "/bin" } },
  );

describe("loginPath", () => {
  for (const [shell, file] of [
    ["/bin/bash", ".bash_profile"],
    ["/usr/bin/zsh", ".zshrc"],
    ["/bin/sh", ".profile"],
  ] as const) {
    // Not every machine has every shell; CI installs them.
    test.skipIf(!existsSync(shell))(`asks ${shell}, which reads ${file}`, async () => {
      using scratch = new Scratch();
      scratch.file(
        `home/${file}`,
        'echo "Welcome!"; echo noise >&2; PATH="/opt/a b/bin:$PATH"; export PATH',
      );
      expect(await ask(shell, scratch.at("home"))).toStartWith("/opt/a b/bin:/");
    });
  }

  test.each([
    ["is not there", undefined],
    ["fails", "exit 1"],
    ["says nothing", "exit 0"],
    ["says something else", "echo hello"],
    ["has no PATH", 'unset PATH; eval "$4"'],
    ["has a relative PATH", 'PATH=bin:.; eval "$4"'],
  ])("is undefined when the shell %s", async (_case, text) => {
    using scratch = new Scratch();
    const shell =
      text === undefined ? "/nowhere/sh" : scratch.program("shell", `#!/bin/sh\n${text}\n`);
    expect(await ask(shell, scratch.path)).toBeUndefined();
  });

  test("is undefined when the shell waits for something, and the shell is ended", async () => {
    using scratch = new Scratch();
    const clock = new ManualClock();
    const pids = scratch.at("pids");
    const shell = scratch.program("shell", `#!/bin/sh\necho $$ > ${pids}\nexec sleep 600\n`);
    const answer = ask(shell, scratch.path, clock);
    const waiting = await pidsIn(pids);
    clock.advance(3000);
    expect(await answer).toBeUndefined();
    await allGone(waiting);
  });
});
