import { describe, expect, test } from "bun:test";
import { systemClock, systemRandom } from "../../src/platform/clock.ts";

describe("the system's clock", () => {
  test("never runs backwards by its monotonic reading", () => {
    const readings = Array.from({ length: 1000 }, () => systemClock.monotonic());
    expect(readings).toEqual(readings.toSorted((a, b) => a - b));
  });

  test("calls back once, and not after it was cancelled", async () => {
    const called: string[] = [];
    const cancel = systemClock.after(1, () => called.push("cancelled"));
    cancel();
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = systemClock.after(2, () => {
      called.push("called");
      resolve();
    });
    await promise;
    late();
    expect(called).toEqual(["called"]);
  });

  test.each([2 ** 31, 1e12, Infinity])("does not call back at once for %d ms", async (ms) => {
    let early = false;
    const cancel = systemClock.after(ms, () => (early = true));
    await new Promise((resolve) => void systemClock.after(20, () => resolve(undefined)));
    cancel();
    expect(early).toBe(false);
  });

  test("draws numbers in [0, 1) and ids that are all different", () => {
    const units = Array.from({ length: 1000 }, () => systemRandom.unit());
    expect(units.every((unit) => unit >= 0 && unit < 1)).toBe(true);
    expect(new Set(Array.from({ length: 1000 }, () => systemRandom.uuid())).size).toBe(1000);
  });
});
