import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { retryDelayMs } from "../../src/client/backoff.ts";
import type { FailureKind } from "../../src/client/failure.ts";
import { holds } from "../fakes/property.ts";

const kinds = (
  "settings dns refused unreachable timeout proxy tls tls-pin not-a-gateway auth pairing clock " +
  "protocol rejected restarting closed silent"
).split(" ") as FailureKind[];

/** The first and the last delay of a range: with the smallest and the largest random number. */
function range(kind: FailureKind, attempt: number): [number, number] {
  return [retryDelayMs(kind, attempt, 0), retryDelayMs(kind, attempt, 1 - Number.EPSILON)];
}

describe("retryDelayMs", () => {
  test.each([
    [0, 1000, 2000],
    [1, 1000, 4000],
    [2, 1000, 8000],
    [3, 1000, 16_000],
    [4, 1000, 30_000],
    [5, 1000, 30_000],
    [1000, 1000, 30_000],
    [Number.MAX_SAFE_INTEGER, 1000, 30_000],
  ])("of a broken line after %d failures lies between %d and %d ms", (attempt, from, to) => {
    expect(range("closed", attempt)).toEqual([from, to]);
  });

  test.each<[FailureKind, number, number, number]>([
    ["restarting", 0, 1000, 2000],
    ["pairing", 0, 1500, 3000],
    ["pairing", 59, 1500, 3000],
    ["pairing", 60, 10_000, 20_000],
    ["auth", 0, 2000, 5000],
    ["auth", 2, 30_000, 60_000],
    ["tls-pin", 9, 30_000, 60_000],
    ["settings", 9, 30_000, 60_000],
  ])("of %s after %d failures lies between %d and %d ms", (kind, attempt, from, to) => {
    expect(range(kind, attempt)).toEqual([from, to]);
  });

  test("spreads a thousand nodes evenly over the whole range", () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let node = 0; node < 1000; node += 1) {
      const delay = retryDelayMs("restarting", 4, node / 1000);
      const tenth = Math.min(9, Math.floor((delay - 1000) / 2900));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(90);
    expect(Math.max(...tenths)).toBeLessThan(110);
  });

  test("is a whole number from one second to one minute for every kind of failure", () => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    holds(
      fc.property(fc.constantFrom(...kinds), fc.nat(), unit, (kind, attempt, random) => {
        const delay = retryDelayMs(kind, attempt, random);
        expect(Number.isInteger(delay) && delay >= 1000 && delay <= 60_000).toBe(true);
      }),
    );
  });
});
