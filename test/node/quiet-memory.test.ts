// When a host that is idle again gives back the memory that thousands of runs have taken.
import { describe, expect, test } from "bun:test";
import { QuietMemory } from "../../src/node/quiet-memory.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

const rememberMs = 600_000;

function host() {
  const clock = new ManualClock();
  const facts = { running: 0, remembered: 0, released: [] as number[] };
  const quiet = new QuietMemory(
    {
      clock,
      running: () => facts.running,
      forgetOld: () => facts.remembered,
      releaseMemory: () => void facts.released.push(clock.monotonic()),
    },
    rememberMs,
  );
  const run = (count: number): void => {
    for (let done = 0; done < count; done += 1) quiet.ran();
  };
  return { clock, facts, quiet, run };
}

describe("memory is given back", () => {
  test("once, some seconds after the last of many runs", () => {
    const { clock, facts, run } = host();
    run(300);
    clock.advance(4000);
    run(1);
    clock.advance(4000);
    expect(facts.released).toEqual([]);
    clock.advance(rememberMs);
    expect(facts.released).toEqual([10_000]);
    expect(clock.waiting).toBe(0);
  });

  test("not after a few runs, and after as many more of them as it takes", () => {
    const { clock, facts, run } = host();
    for (let turn = 0; turn < 19; turn += 1) {
      run(10);
      clock.advance(60_000);
    }
    expect(facts.released).toEqual([]);
    run(10);
    clock.advance(60_000);
    expect(facts.released).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  test("not while a command runs", () => {
    const { clock, facts, run } = host();
    facts.running = 1;
    run(1000);
    clock.advance(3_600_000);
    expect(facts.released).toEqual([]);
    facts.running = 0;
    clock.advance(5000);
    expect(facts.released).toHaveLength(1);
  });

  test("once more when the last of the runs is forgotten", () => {
    const { clock, facts, run } = host();
    run(1000);
    facts.remembered = 1000;
    clock.advance(10_000);
    facts.remembered = 0;
    clock.advance(rememberMs);
    expect(facts.released).toEqual([10_000, 10_000 + rememberMs]);
    expect(clock.waiting).toBe(0);
  });

  test("soon after a second burst, too, however long the first is remembered", () => {
    const { clock, facts, run } = host();
    run(1000);
    facts.remembered = 1000;
    clock.advance(10_000);
    run(1000);
    clock.advance(10_000);
    expect(facts.released).toEqual([10_000, 20_000]);
  });

  test("never by a host that has stopped", () => {
    const { clock, facts, quiet, run } = host();
    run(1000);
    quiet.stop();
    clock.advance(3_600_000);
    expect([facts.released, clock.waiting]).toEqual([[], 0]);
  });
});
