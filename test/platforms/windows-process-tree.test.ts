// What commands start on Windows, and when it ends. Under wine every Windows process is one of this
// machine's own, with the same command line.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";

import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { endForGood, isAlive, until } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";
import {
  type Foreign,
  ForeignPerson,
  endWine,
  onWindows,
  windows,
  windowsProgram,
} from "./foreign-program.ts";

const place = new Scratch();
let foreign: Foreign;
let lingers: string;

beforeAll(async () => {
  foreign = await windows(place);
  lingers = onWindows(await windowsProgram(place, "lingers"));
}, 120_000);
afterAll(async () => {
  await endWine(foreign);
  place[Symbol.dispose]();
});

/** A host that runs everything, with a gateway of its own. */
class Host implements AsyncDisposable {
  readonly gateway = new InvokingGateway();
  /** Stands in the command lines of all that a test starts. */
  readonly mark = `mark-${crypto.randomUUID()}`;
  readonly #person: ForeignPerson;
  readonly #child: Bun.Subprocess;

  constructor(flags: readonly string[] = []) {
    const policy = '{"version":1,"defaults":{"security":"full","ask":"off"}}';
    place.file(`${this.mark}/exec-approvals.json`, policy);
    const state = { CLAWDBOT_STATE_DIR: onWindows(place.at(this.mark)) };
    this.#person = new ForeignPerson(foreign, state);
    this.#child = this.#person.start(["node", "run", "--url", this.gateway.url, ...flags]);
  }

  static async connected(flags?: readonly string[]): Promise<Host> {
    const host = new Host(flags);
    await host.gateway.until(() => host.gateway.connected, "the host connects");
    return host;
  }

  run(what: string, timeoutMs?: number): ReturnType<InvokingGateway["run"]> {
    return this.gateway.run({ command: [lingers, what, this.mark], timeoutMs });
  }

  /** The living processes that `lingers WHAT` has become, in any of its roles. */
  processes(what = ""): number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter(
        (pid) => lineOf(pid).includes(`lingers.exe\0${what}`) && lineOf(pid).includes(this.mark),
      )
      .map(Number)
      .filter(isAlive);
  }

  /** Until `lingers orphan` runs, and what it started has lost its parent. */
  untilOrphaned(): Promise<void> {
    const counts = { orphan: 1, leave: 0, hold: 1 };
    return until(() =>
      Object.entries(counts).every(([what, count]) => this.processes(what).length === count),
    );
  }

  /** Ends without a word, and lets wine see to what follows from it. */
  async die(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    const { code } = await this.#person.run(["--version"]);
    expect(code).toBe(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#person[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
    endForGood(this.processes());
  }
}

test("a command that runs out of time takes a grandchild along that has lost its parent", async () => {
  await using host = await Host.connected();
  const answer = host.run("orphan", 5000);
  await host.untilOrphaned();
  const { payload } = await answer;
  expect(payload).toMatchObject({ timedOut: true, success: false });
  expect(payload.survivors).toBeUndefined();
  await until(() => host.processes().length === 0);
});

test("a command that cmd.exe starts in the background ends with the run as well", async () => {
  await using host = await Host.connected();
  const text = `start /b ${lingers} hold ${host.mark}& ${lingers} hold ${host.mark}`;
  const command = ["cmd.exe", "/d", "/s", "/c", text];
  const answer = host.gateway.run({ command, rawCommand: text, timeoutMs: 5000 });
  await until(() => host.processes("hold").length === 2);
  expect((await answer).payload).toMatchObject({ timedOut: true });
  await until(() => host.processes().length === 0);
});

test("commands and their orphans end with a host that is killed", async () => {
  await using host = await Host.connected();
  void host.run("orphan").catch(() => {});
  await host.untilOrphaned();
  await host.die();
  await until(() => host.processes().length === 0);
});

test("with --on-exit keep they go on", async () => {
  await using host = await Host.connected(["--on-exit", "keep"]);
  void host.run("orphan").catch(() => {});
  await host.untilOrphaned();
  const before = host.processes();
  await host.die();
  expect(host.processes()).toEqual(before);
});

test("what a command leaves running stays, also when the host is killed later", async () => {
  await using host = await Host.connected();
  const { payload } = await host.run("leave");
  expect(payload).toMatchObject({ exitCode: 0, success: true, timedOut: false });
  await until(() => host.processes("hold").length === 1);
  const left = host.processes("hold");
  // Another run, whose end looks after the jobs of earlier ones.
  expect((await host.gateway.run({ command: ["cmd.exe", "/c", "exit 3"] })).payload.exitCode).toBe(
    3,
  );
  expect(host.processes("hold")).toEqual(left);
  await host.die();
  expect(host.processes("hold")).toEqual(left);
});

function lineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
