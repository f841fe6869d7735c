import { describe, expect, test } from "bun:test";

import { joinedLimits } from "../../src/exec/process-limits.ts";
import { ConfigError } from "../../src/lib/errors.ts";
import { readAgentLimits } from "../../src/node/agent-limits.ts";

const read = (value: unknown) => Object.fromEntries(readAgentLimits(value, "/s/node.json"));

describe("agentLimits", () => {
  test.each<[string, unknown, unknown]>([
    ["that are not there", undefined, {}],
    ["of no agent", {}, {}],
    ["of one agent", { main: { memory: "1G" } }, { main: { memoryBytes: 1024 ** 3 } }],
    [
      "of every kind",
      { ci: { memory: "512M", cpu: "10m", processes: 64 } },
      { ci: { memoryBytes: 512 * 1024 ** 2, cpuSeconds: 600, processes: 64 } },
    ],
    ["with a number in quotes", { a: { processes: "7" } }, { a: { processes: 7 } }],
    ["that are none", { a: {} }, { a: {} }],
  ])("%s are read", (_name, value, limits) => {
    expect(read(value)).toEqual(limits as never);
  });

  test.each<[string, unknown, string]>([
    ["a list", [], '"agentLimits"'],
    ["null", null, '"agentLimits"'],
    ["an agent that is a text", { a: "1G" }, '"agentLimits.a"'],
    ["an unknown limit", { a: { files: 3 } }, '"agentLimits.a.files"'],
    ["a size without a unit's meaning", { a: { memory: "much" } }, "like 512M"],
    ["a size as a number", { a: { memory: 1024 } }, "like 512M"],
    ["too little memory", { a: { memory: "1k" } }, "at least 1M"],
    ["no time", { a: { cpu: "0s" } }, "at least 1s"],
    ["half a process", { a: { processes: 0.5 } }, "1 to"],
    ["a negative number", { a: { processes: -1 } }, "1 to"],
    ["nothing", { a: { processes: null } }, "1 to"],
  ])("%s is refused: it must not be no limit", (_name, value, words) => {
    const refused = () => read(value);
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(words);
  });

  test("an agent's own go before the host's, one by one", () => {
    const host = { memoryBytes: 1, cpuSeconds: 2 };
    expect(joinedLimits(host, { cpuSeconds: 3, processes: 4 })).toEqual({
      memoryBytes: 1,
      cpuSeconds: 3,
      processes: 4,
    });
    expect(joinedLimits(undefined, {})).toBeUndefined();
  });
});
