import { describe, expect, test } from "bun:test";
import { type RunTimes, deadlineOf, noDeadlines } from "../../src/node/run-deadline.ts";

const none: RunTimes = { commandMs: undefined, gatewayMs: undefined, spentMs: 0, arrivedMs: 0 };
const hour = 3_600_000;

describe("deadlineOf", () => {
  test.each<[string, Partial<RunTimes>, Partial<typeof noDeadlines>, number | undefined, string]>([
    ["nobody says anything", {}, {}, undefined, ""],
    ["the caller's limit alone", { commandMs: 600_000 }, {}, 600_000, ""],
    ["the gateway's patience, less the way back", { gatewayMs: 30_000 }, {}, 27_000, "gateway"],
    ["a short patience keeps three quarters", { gatewayMs: 2000 }, {}, 1500, "gateway"],
    ["the caller's limit is shorter", { commandMs: 5000, gatewayMs: 30_000 }, {}, 5000, ""],
    [
      "the caller's limit is as long as the patience",
      { commandMs: 30_000, gatewayMs: 30_000 },
      {},
      27_000,
      "gateway",
    ],
    ["a gateway that leaves room", { commandMs: 30_000, gatewayMs: 35_000 }, {}, 30_000, ""],
    ["a ceiling", {}, { maxRuntimeMs: hour }, hour, "--max-runtime"],
    ["a ceiling above the limit", { commandMs: 9 }, { maxRuntimeMs: hour }, 9, ""],
    ["a ceiling below it", { commandMs: 2 * hour }, { maxRuntimeMs: hour }, hour, "--max-runtime"],
    ["kept after the gateway", { gatewayMs: 30_000 }, { keepAfterGateway: true }, undefined, ""],
    [
      "kept after the gateway, not after the caller's limit",
      { gatewayMs: 30_000, commandMs: 60_000 },
      { keepAfterGateway: true },
      60_000,
      "",
    ],
    [
      "kept after the gateway, not after the ceiling",
      { gatewayMs: 30_000 },
      { keepAfterGateway: true, maxRuntimeMs: hour },
      hour,
      "--max-runtime",
    ],
    ["a wait counts", { gatewayMs: 30_000, arrivedMs: 20_000 }, {}, 7000, "gateway"],
    ["a wait for a turn", { commandMs: 30_000, spentMs: 20_000 }, {}, 10_000, ""],
    ["a wait for a person", { commandMs: 30_000, arrivedMs: 90_000 }, {}, 30_000, ""],
    ["a wait longer than everything", { gatewayMs: 30_000, arrivedMs: 50_000 }, {}, 0, "gateway"],
  ])("%s", (_case, times, settings, ms, reason) => {
    const deadline = deadlineOf({ ...none, ...times }, { ...noDeadlines, ...settings });
    expect(deadline?.ms).toBe(ms as number);
    if (reason === "") expect(deadline?.reason).toBeUndefined();
    else expect(deadline?.reason).toContain(reason);
  });

  test("who ignores SIGTERM is killed early enough for the answer too", () => {
    for (const gatewayMs of [400, 1000, 10_000, 30_000, hour]) {
      const deadline = deadlineOf({ ...none, gatewayMs }, noDeadlines);
      const killedAt = (deadline?.ms ?? 0) + (deadline?.graceMs ?? Infinity);
      expect(killedAt).toBeLessThan(gatewayMs);
    }
  });
});
