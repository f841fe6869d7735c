import { expect, test } from "bun:test";
import { RepeatFilter } from "../../src/gateway/repeat-filter.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

test("RepeatFilter lets the same thing through once a minute", () => {
  const clock = new ManualClock();
  const filter = new RepeatFilter(clock);
  expect([filter.isNew("a"), filter.isNew("a"), filter.isNew("b")]).toEqual([true, false, true]);
  clock.advance(59_999);
  expect(filter.isNew("a")).toBe(false);
  clock.advance(1);
  expect(filter.isNew("a")).toBe(true);
});

test("RepeatFilter has a bound, and goes quiet rather than grow", () => {
  const clock = new ManualClock();
  const filter = new RepeatFilter(clock);
  const through = Array.from({ length: 1000 }, (_, index) => filter.isNew(`${index}`));
  expect(through.filter(Boolean)).toHaveLength(256);
  clock.advance(60_000);
  expect(filter.isNew("later")).toBe(true);
});
