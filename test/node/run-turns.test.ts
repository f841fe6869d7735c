import { describe, expect, test } from "bun:test";

import type { Endable } from "../../src/exec/running-command.ts";
import { RunTurns } from "../../src/node/run-turns.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

/** What was done to a command whose end was asked for before it began. */
async function endedBefore(end: (running: ReadonlySet<Endable>, cancel: () => void) => void) {
  const running = new Set<Endable>();
  const turns = new RunTurns({ clock: new ManualClock(), log: new CollectedLog(), running });
  const controller = new AbortController();
  const done: string[] = [];
  const request = { agentId: "a", commandText: "x", sessionKey: "s", timeoutMs: undefined };
  const waiting = { request, gatewayMs: undefined, arrived: 0, cancelled: controller.signal };
  await turns.take(waiting, async ({ begin }) => {
    end(running, () => controller.abort());
    await Promise.resolve();
    begin({ terminate: () => void done.push("terminate"), kill: () => void done.push("kill") });
    return { ok: true, payload: null };
  });
  expect(running.size).toBe(0);
  return done;
}

describe("an end that is asked for while the start is written down", () => {
  const each = (act: (command: Endable) => void) => (running: ReadonlySet<Endable>) =>
    running.forEach(act);

  test.each<[string, Parameters<typeof endedBefore>[0], string[]]>([
    ["none", () => {}, []],
    ["by a drain", each((command) => command.terminate()), ["terminate"]],
    ["by a second signal", each((command) => command.kill()), ["kill"]],
    ["by the gateway", (_running, cancel) => cancel(), ["terminate"]],
    [
      "by a drain and a second signal",
      each((command) => {
        command.terminate();
        command.kill();
      }),
      ["kill"],
    ],
  ])("%s reaches the command", async (_name, end, expected) => {
    expect(await endedBefore(end)).toEqual(expected);
  });
});
