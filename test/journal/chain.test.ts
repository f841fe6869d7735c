import { describe, expect, test } from "bun:test";
import { type Line, beginning, lineAfter, verifyChain } from "../../src/journal/chain.ts";

function linesOf(count: number, from = beginning): Line[] {
  const lines: Line[] = [];
  for (let number = 0; number < count; number += 1) {
    lines.push(lineAfter(lines.at(-1) ?? from, 1000 + number, `{"n":${number}}`));
  }
  return lines;
}

const lines = linesOf(5);
const head = lines[4]!;

describe("a chain", () => {
  test("that nobody has touched is whole", () => {
    expect(verifyChain(lines, beginning, head)).toEqual({ ok: true, lines: 5 });
    expect(verifyChain([], beginning, beginning)).toEqual({ ok: true, lines: 0 });
  });

  test("whose end was noted a while ago is whole", () => {
    expect(verifyChain(lines, beginning, lines[2]!)).toEqual({ ok: true, lines: 5 });
  });

  test("whose oldest lines went by age begins at the anchor", () => {
    expect(verifyChain(lines.slice(2), lines[1]!, head)).toEqual({ ok: true, lines: 3 });
  });

  const edits: readonly (readonly [what: string, edited: readonly Line[], seq: number])[] = [
    ["a changed text", lines.map((line) => (line.seq === 3 ? { ...line, entry: "{}" } : line)), 3],
    ["a changed time", lines.map((line) => (line.seq === 3 ? { ...line, time: 1 } : line)), 3],
    [
      "a time that is none",
      lines.map((line) => (line.seq === 2 ? { ...line, time: NaN } : line)),
      2,
    ],
    ["a changed hash", lines.map((line) => (line.seq === 3 ? { ...line, hash: "0" } : line)), 3],
    ["a line that was replaced with its hash", lines.with(2, lineAfter(lines[1]!, 1002, "{}")), 4],
    ["a missing line", lines.toSpliced(2, 1), 3],
    ["two missing lines", lines.toSpliced(1, 2), 2],
    ["missing lines at the beginning", lines.slice(2), 1],
    ["missing lines at the end", lines.slice(0, 3), 4],
    ["no lines at all", [], 1],
    ["a new chain of the same length", linesOf(5, { seq: 0, hash: "1".repeat(64) }), 1],
    ["lines that changed places", [lines[1]!, lines[0]!, ...lines.slice(2)], 1],
  ];
  test.each(edits)("with %s is broken", (_what, edited, seq) => {
    expect(verifyChain(edited, beginning, head)).toMatchObject({ ok: false, seq });
  });

  test("that somebody computed anew up to the end that was noted is broken there", () => {
    const forged = lines.slice(0, 2);
    for (let seq = 3; seq <= 5; seq += 1) forged.push(lineAfter(forged.at(-1)!, 1, "{}"));
    expect(verifyChain(forged, beginning, head)).toMatchObject({ ok: false, seq: 5 });
  });
});
