import { describe, expect, test } from "bun:test";
import { type Place, RunQueue } from "../../src/node/run-queue.ts";

/** A queue whose turns are written down as they come. */
class Watched {
  readonly turns: string[] = [];
  readonly places = new Map<string, Place>();
  readonly #queue: RunQueue;

  constructor(running: number, waiting = 100) {
    this.#queue = new RunQueue({ running, waiting });
  }

  /** `a1` is the first request of caller `a`; says whether it got a place. */
  enter(...names: string[]): boolean[] {
    return names.map((name) => {
      const place = this.#queue.enter(name.slice(0, 1));
      if (place === undefined) return false;
      this.places.set(name, place);
      void place.turn.then((turn) => void this.turns.push(turn ? name : `not ${name}`));
      return true;
    });
  }

  async leave(...names: string[]): Promise<string> {
    for (const name of names) {
      this.places.get(name)?.leave();
      await Promise.resolve();
    }
    return this.settled();
  }

  async settled(): Promise<string> {
    await new Promise((resolve) => void setImmediate(resolve));
    return this.turns.join(" ");
  }
}

describe("RunQueue", () => {
  test("lets so many run, and the next when one is over", async () => {
    const queue = new Watched(2);
    queue.enter("a1", "a2", "a3", "a4");
    expect(await queue.settled()).toBe("a1 a2");
    expect(await queue.leave("a2")).toBe("a1 a2 a3");
    expect(await queue.leave("a1")).toBe("a1 a2 a3 a4");
  });

  test("serves callers in turn, however many requests one has", async () => {
    const queue = new Watched(1);
    queue.enter("a1", "a2", "a3", "a4", "b1", "b2", "c1");
    await queue.leave("a1", "a2", "b1", "c1", "a3", "b2");
    expect(await queue.settled()).toBe("a1 a2 b1 c1 a3 b2 a4");
  });

  test("a caller that comes late does not wait for a long line of another", async () => {
    const queue = new Watched(1);
    queue.enter("a1", "a2", "a3", "a4", "a5");
    await queue.leave("a1");
    queue.enter("z1");
    expect(await queue.leave("a2", "a3")).toBe("a1 a2 a3 z1");
  });

  test("says at once that there is no place", async () => {
    const queue = new Watched(1, 2);
    expect(queue.enter("a1", "a2", "b1", "c1")).toEqual([true, true, true, false]);
    await queue.leave("a1");
    expect(queue.enter("c1", "d1")).toEqual([true, false]);
  });

  test("a line of nobody: only what can run now gets a place", () => {
    expect(new Watched(2, 0).enter("a1", "a2", "a3")).toEqual([true, true, false]);
  });

  test("who leaves while waiting never gets a turn, and takes nobody's", async () => {
    const queue = new Watched(1);
    queue.enter("a1", "a2", "b1", "b2");
    await queue.leave("a2", "b1");
    expect(await queue.leave("a1")).toBe("a1 not a2 not b1 b2");
  });

  test("leaving twice frees one place", async () => {
    const queue = new Watched(1);
    queue.enter("a1", "a2", "a3");
    expect(await queue.leave("a1", "a1", "a1")).toBe("a1 a2");
  });
});
