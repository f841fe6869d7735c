import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { formatDuration, longestTimerMs, parseDuration } from "../../src/lib/duration.ts";
import { anyText, holds } from "../fakes/property.ts";

describe("parseDuration", () => {
  test.each([
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["2d", 172_800_000],
    ["1.5h", 5_400_000],
    ["1m1m", 120_000],
    ["30", 30_000],
    ["0.5", 500],
    ["0", 0],
    ["0s", 0],
    [" 10s ", 10_000],
    ["24d", 2_073_600_000],
  ])("reads %j as %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    "",
    " ",
    "s",
    "ms",
    "-1",
    "-5s",
    "+5s",
    "5 s",
    "1h 30m",
    "1e3",
    "0x10",
    ".5s",
    "5.s",
    "1,5s",
    "5S",
    "5sec",
    "5min",
    "1w",
    "1h30",
    "5m-3s",
    "Infinity",
    "NaN",
    "infinite",
    "٣s",
    "5s\n6",
    "25d",
    "99999999999999999999d",
    "5s; rm -rf /",
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test("gives no more than a timer of the platform can hold, and never throws", () => {
    const likely = fc
      .array(
        fc.tuple(fc.integer({ min: 0, max: 1e9 }), fc.constantFrom("ms", "s", "m", "h", "d", "")),
        { maxLength: 4 },
      )
      .map((parts) => parts.map(([amount, unit]) => `${amount}${unit}`).join(""));
    holds(
      fc.property(fc.oneof(likely, anyText), (text) => {
        const ms = parseDuration(text) ?? 0;
        expect(Number.isInteger(ms) && ms >= 0 && ms <= longestTimerMs).toBe(true);
      }),
    );
  });

  test("is not slowed down by a long text that nearly fits", () => {
    expect(parseDuration("9".repeat(400))).toBeUndefined();
    expect(parseDuration(`${"1".repeat(50_000)}x`)).toBeUndefined();
    expect(parseDuration(`${"1s".repeat(50_000)}x`)).toBeUndefined();
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0 ms"],
    [850, "850 ms"],
    [1000, "1 s"],
    [12_400, "12 s"],
    [59_499, "59 s"],
    [59_500, "1 min"],
    [60_000, "1 min"],
    [90_000, "1 min 30 s"],
    [3_599_500, "1 h"],
    [3_600_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [172_800_000, "2 d"],
    [longestTimerMs, "24 d"],
  ])("shows %d ms as %j", (ms, shown) => {
    expect(formatDuration(ms)).toBe(shown);
  });
});
