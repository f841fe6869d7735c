import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Queue } from "../../src/lib/queue.ts";
import { holds } from "../fakes/property.ts";

describe("a queue", () => {
  test("is empty at first, and when all was taken", () => {
    const queue = new Queue<string>();
    expect([queue.size, queue.first, queue.shift()]).toEqual([0, undefined, undefined]);
    queue.push("a");
    expect([queue.size, queue.first, queue.shift(), queue.size]).toEqual([1, "a", "a", 0]);
    expect([queue.first, queue.shift()]).toEqual([undefined, undefined]);
  });

  test("gives back what an array would, however it is filled and emptied", () => {
    // A number above zero puts so many in, one below takes so many out.
    const turns = fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 20 });
    holds(
      fc.property(turns, (steps) => {
        const [queue, array] = [new Queue<number>(), [] as number[]];
        let next = 0;
        for (const step of steps) {
          for (let count = 0; count < step; count += 1) {
            queue.push(next);
            array.push(next);
            next += 1;
          }
          const taken = Math.max(0, -step);
          const wanted = array.splice(0, taken);
          const got = Array.from({ length: taken }, () => queue.shift());
          expect(got.filter((item) => item !== undefined)).toEqual(wanted);
          expect([queue.size, queue.first]).toEqual([array.length, array[0]]);
        }
      }),
    );
  });
});
