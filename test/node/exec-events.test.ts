import { describe, expect, test } from "bun:test";
import { emptyText } from "../../src/exec/captured-text.ts";
import type { RunOutcome } from "../../src/exec/running-command.ts";
import { runPayload } from "../../src/node/exec-events.ts";

const limits = ["the memory limit of 256M was reached (--limit-memory)"];
const processes = "the limit of 20 processes was reached (--limit-processes)";

describe("the error of a run that ran into a limit", () => {
  test.each<[string, Partial<RunOutcome>, string | null]>([
    [
      "names the limit that ended it",
      { end: { kind: "signal", signal: "SIGKILL", limits } },
      `ended by signal SIGKILL; ${limits[0]}`,
    ],
    [
      "names all of them",
      { end: { kind: "signal", signal: "SIGKILL", limits: [...limits, processes] } },
      `ended by signal SIGKILL; ${limits[0]}; ${processes}`,
    ],
    [
      "names the limit that made it fail",
      { end: { kind: "exit", code: 2, limits: [processes] } },
      processes,
    ],
    [
      "names it when its time was over, too",
      { end: { kind: "signal", signal: "SIGTERM", limits: [processes] }, timedOut: true },
      processes,
    ],
    [
      "is none when it got along with it",
      { end: { kind: "exit", code: 0, limits: [processes] } },
      null,
    ],
    ["is none without a limit", { end: { kind: "exit", code: 2 } }, null],
  ])("%s", (_name, outcome, error) => {
    const ended: RunOutcome = {
      end: undefined,
      startError: undefined,
      timedOut: false,
      stdout: emptyText,
      stderr: emptyText,
      ...outcome,
    };
    expect(runPayload(ended, "make", "", "", undefined).error).toBe(error as string);
  });
});
