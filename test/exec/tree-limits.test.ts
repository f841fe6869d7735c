import { describe, expect, test } from "bun:test";
import type { ProcessLimits } from "../../src/exec/process-limits.ts";
import { splitLimits } from "../../src/exec/tree-limits.ts";
import type { LimitName } from "../../src/platform/ports.ts";

const none: ProcessLimits = { memoryBytes: undefined, cpuSeconds: undefined, processes: undefined };
const all: ProcessLimits = { memoryBytes: 256 * 1024 ** 2, cpuSeconds: 90, processes: 20 };
const memory = { most: 268_435_456, words: "the memory limit of 256M was reached (of memory)" };
const cpu = { most: 90, words: "the processor time limit of 1 min 30 s was reached (of cpu)" };
const processes = { most: 20, words: "the limit of 20 processes was reached (of processes)" };

describe("limits", () => {
  test.each<[string, ProcessLimits, LimitName[], unknown, unknown]>([
    [
      "that groups hold are for the whole tree",
      all,
      ["memory", "cpu", "processes"],
      { memory, cpu, processes },
      undefined,
    ],
    ["that no group holds are left to ulimit", all, [], undefined, all],
    [
      "are taken one by one",
      all,
      ["cpu"],
      { cpu },
      { memoryBytes: 268_435_456, cpuSeconds: undefined, processes: 20 },
    ],
    [
      "that nobody has are none",
      { ...none, memoryBytes: 268_435_456 },
      ["memory", "cpu", "processes"],
      { memory },
      undefined,
    ],
    ["may be none at all", none, ["memory"], undefined, undefined],
    [
      "of one process",
      { ...none, processes: 1 },
      ["processes"],
      { processes: { most: 1, words: "the limit of 1 process was reached (of processes)" } },
      undefined,
    ],
  ])("%s", (_name, limits, held, tree, each) => {
    expect(splitLimits(limits, held, (name) => `of ${name}`)).toEqual({ tree, each } as never);
  });
});
