// What the kernel's files say of a group. Real groups are in test/systems/cgroup-limits.test.ts.
import { describe, expect, test } from "bun:test";
import { wasKilled } from "../../src/platform/cgroup-limits.ts";
import { flatKeyed } from "../../src/platform/flat-keyed.ts";
import { nextLookMs } from "../../src/platform/processor-time.ts";

const stat = "usage_usec 2000318\nuser_usec 1500000\nsystem_usec 500318\nnr_periods 0\n";

describe("a flat keyed file", () => {
  test.each<[string, string, string, number | undefined]>([
    ["a number", stat, "usage_usec", 2_000_318],
    ["nothing yet", stat, "nr_periods", 0],
    ["the whole key counts", "max_usage 7\nmax 3\n", "max", 3],
    ["a key that is not there", stat, "usage", undefined],
    ["no line end", "max 3", "max", 3],
    ["nothing", "", "max", undefined],
    ["a word for a number", "max max\n", "max", undefined],
    ["no number", "max \n", "max", undefined],
    ["a negative number", "max -1\n", "max", undefined],
  ])("%s", (_name, text, key, number) => {
    expect(flatKeyed(text, key)).toBe(number as number);
  });
});

describe("a tree was ended by its memory limit", () => {
  const events = (max: number, oom: number, killed: number): string =>
    `low 0\nhigh 0\nmax ${max}\noom ${oom}\noom_kill ${killed}\noom_group_kill 0\n`;

  test.each<[string, string, boolean]>([
    ["it was", events(40, 1, 3), true],
    ["it made room in time", events(40, 0, 0), false],
    ["it was refused memory and lived", events(40, 1, 0), false],
    ["the machine had none left", events(0, 0, 1), false],
    ["nothing happened", events(0, 0, 0), false],
    ["nothing is known", "", false],
  ])("%s", (_name, text, killed) => {
    expect(wasKilled(text)).toBe(killed);
  });
});

describe("processor time is looked at again", () => {
  test.each<[string, number, number, number]>([
    ["when one processor could have used it up", 10, 1, 10_000],
    ["when all of them could", 10, 8, 1250],
    ["not at once, however little is left", 0.001, 8, 250],
    ["not at once, however many processors there are", 1, 1024, 250],
    ["within what a timer can hold", 1e9, 1, 2_147_483_647],
  ])("%s", (_name, leftSeconds, processors, ms) => {
    expect(nextLookMs(leftSeconds, processors)).toBe(ms);
  });
});
