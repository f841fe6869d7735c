import { describe, expect, test } from "bun:test";
import { type KnownRun, RunMemory } from "../../src/node/run-memory.ts";

const run = (id: string): KnownRun => ({
  id,
  digest: "d",
  names: [],
  answer: Promise.resolve({ ok: true, payload: id }),
  state: "ended",
  summary: "",
});

const memory = () => new RunMemory({ rememberMs: 100, mostRuns: 3, mostBytes: 10 });

describe("what is remembered", () => {
  test("has every name, and keeps the run that had a name first", () => {
    const known = memory();
    const [a, b] = [run("a"), run("b")];
    known.name(a, ["id a", "key k"]);
    known.name(b, ["id b", "key k"]);
    expect([known.find(["id b"]), known.find(["x", "key k"]), known.find([])]).toEqual([
      b,
      a,
      undefined,
    ]);
    known.forget(b);
    expect(known.find(["id b", "key k"])).toBe(a);
  });

  test("is forgotten in time, and not before it has ended", () => {
    const known = memory();
    const [a, b] = [run("a"), run("b")];
    known.name(a, ["a"]);
    known.name(b, ["b"]);
    known.settle(a, 1, 0);
    known.sweep(99);
    expect(known.find(["a"])).toBe(a);
    known.sweep(100);
    expect([known.find(["a"]), known.find(["b"])]).toEqual([undefined, b]);
  });

  test("is bounded: the oldest that have ended go", () => {
    const known = memory();
    for (const id of ["a", "b", "c", "d"]) {
      const each = run(id);
      known.name(each, [id]);
      known.settle(each, 0, 0);
    }
    known.sweep(0);
    expect(["a", "b", "c", "d"].map((id) => known.find([id])?.id)).toEqual([
      undefined,
      "b",
      "c",
      "d",
    ]);
  });

  test("gives up the oldest answers when their room is needed, and knows of the runs still", () => {
    const known = memory();
    const [a, b] = [run("a"), run("b")];
    for (const each of [a, b]) {
      known.name(each, [each.id]);
      known.settle(each, 6, 0);
    }
    known.sweep(0);
    expect([a.answer, known.find(["a"])?.id, b.answer]).toEqual([
      undefined,
      "a",
      expect.any(Promise),
    ]);
  });
});
