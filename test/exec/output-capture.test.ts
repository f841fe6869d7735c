import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { render, shorten } from "../../src/exec/captured-text.ts";
import { OutputCapture, keptBytes } from "../../src/exec/output-capture.ts";

const encoder = new TextEncoder();
const seeded = { seed: 20_260_124, numRuns: 500 };

function capture(chunks: readonly (string | Uint8Array)[], limit?: number) {
  const captured = new OutputCapture(limit);
  for (const chunk of chunks)
    captured.push(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  return captured.text();
}

const sizeOf = (text: string): number => encoder.encode(text).length;

/** Cuts bytes at the given fractions of their length. */
function chunked(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length];
  const sorted = places.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.slice(sorted[index], end));
}

/** The longest beginning and end of a text that fit into `limit` bytes each, code point by code point. */
function reference(text: string, limit: number) {
  if (sizeOf(text) <= 2 * limit) return { head: text, tail: "", missingBytes: 0 };
  const points = [...text];
  const fitting = (list: readonly string[]): number => {
    let [bytes, count] = [0, 0];
    for (const point of list) {
      bytes += sizeOf(point);
      if (bytes > limit) break;
      count += 1;
    }
    return count;
  };
  const head = points.slice(0, fitting(points)).join("");
  const tailCount = fitting(points.toReversed());
  const tail = tailCount === 0 ? "" : points.slice(-tailCount).join("");
  return { head, tail, missingBytes: sizeOf(text) - sizeOf(head) - sizeOf(tail) };
}

const texts = fc.string({
  unit: fc.constantFrom(
    "a",
    "b",
    "\n",
    '"',
    "é",
    "ß",
    "€",
    "漢",
    "😀",
    "\u{10ffff}",
    "\0",
    "\ufeff",
  ),
  maxLength: 60,
});
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

describe("OutputCapture", () => {
  test("nothing was said: nothing is there", () => {
    expect(capture([])).toEqual({ head: "", tail: "", missingBytes: 0 });
    expect(capture(["", ""])).toEqual({ head: "", tail: "", missingBytes: 0 });
  });

  test.each<[string, string[], number, string, string, number]>([
    ["all of it fits", ["abcdef"], 3, "abcdef", "", 0],
    ["one byte too many", ["abcdefg"], 3, "abc", "efg", 1],
    ["one byte at a time", "abcdefghij".split(""), 2, "ab", "ij", 6],
    ["a code point on the border of the head", ["aé", "bcdefgh"], 2, "a", "gh", 7],
    ["a code point on the border of the tail", ["abcdef", "éh"], 2, "ab", "h", 6],
    ["wide ones only", ["😀😀😀😀"], 3, "", "", 16],
    ["a byte order mark is text too", ["\ufeffabc"], 10, "\ufeffabc", "", 0],
  ])("%s", (_case, chunks, limit, head, tail, missingBytes) => {
    expect(capture(chunks, limit)).toEqual({ head, tail, missingBytes });
  });

  test("text that fits comes back whole, however it was cut into chunks", () => {
    fc.assert(
      fc.property(texts, cuts, (text, places) => {
        expect(capture(chunked(encoder.encode(text), places), 1000)).toEqual({
          head: text,
          tail: "",
          missingBytes: 0,
        });
      }),
      seeded,
    );
  });

  test("what is kept does not depend on the chunks, and no code point is split", () => {
    fc.assert(
      fc.property(texts, cuts, fc.integer({ min: 1, max: 40 }), (text, places, limit) => {
        expect(capture(chunked(encoder.encode(text), places), limit)).toEqual(
          reference(text, limit),
        );
      }),
      seeded,
    );
  });

  test("any bytes at all: every byte is either shown or counted, and memory stays within the limits", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        cuts,
        fc.integer({ min: 4, max: 30 }),
        (bytes, places, limit) => {
          const { head, tail, missingBytes } = capture(chunked(bytes, places), limit);
          if (bytes.length <= 2 * limit) {
            expect(head).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
            expect(tail + missingBytes).toBe("0");
            return;
          }
          // Nothing but whole sequences is dropped beyond what does not fit.
          expect(missingBytes).toBeGreaterThanOrEqual(bytes.length - 2 * limit);
          expect(missingBytes).toBeLessThanOrEqual(bytes.length - 2 * limit + 6);
          expect(head.length).toBeLessThanOrEqual(limit);
          expect(tail.length).toBeLessThanOrEqual(limit);
        },
      ),
      seeded,
    );
  });

  test("an invalid byte becomes U+FFFD and nothing around it is lost", () => {
    expect(capture([Uint8Array.of(0x61, 0xff, 0x62)]).head).toBe("a\ufffdb");
    expect(capture([Uint8Array.of(0x61, 0xe2, 0x82)]).head).toBe("a\ufffd");
  });

  test("a chunk is copied: its buffer may be used again", () => {
    const chunk = encoder.encode("abcdefgh");
    const captured = new OutputCapture(2);
    captured.push(chunk);
    chunk.fill(0x78);
    expect(captured.text()).toEqual({ head: "ab", tail: "gh", missingBytes: 4 });
  });

  test("a flood is kept at both ends only", () => {
    const captured = new OutputCapture();
    const chunk = encoder.encode("0123456789abcdef".repeat(4096));
    for (let count = 0; count < 1600; count += 1) captured.push(chunk);
    const { head, tail, missingBytes } = captured.text();
    expect([head.length, tail.length]).toEqual([keptBytes, keptBytes]);
    expect(missingBytes).toBe(1600 * chunk.length - 2 * keptBytes);
  });
});

describe("shorten", () => {
  const whole = fc.record({ head: texts, tail: fc.constant(""), missingBytes: fc.constant(0) });
  const cut = fc.record({
    head: texts,
    tail: texts,
    missingBytes: fc.integer({ min: 1, max: 99 }),
  });

  test("keeps no more than asked for, whole code points, the beginning and the end", () => {
    fc.assert(
      fc.property(fc.oneof(whole, cut), fc.integer({ min: 0, max: 130 }), (text, chars) => {
        const { head, tail, missingBytes } = shorten(text, chars);
        const all = text.head + text.tail;
        if (all.length <= chars) return expect(shorten(text, chars)).toEqual(text);
        expect(head.length + tail.length).toBeLessThanOrEqual(chars);
        expect(head.length + tail.length).toBeGreaterThanOrEqual(Math.max(0, chars - 2));
        expect(all.startsWith(head) && all.endsWith(tail)).toBe(true);
        expect([head, tail].every((part) => part.isWellFormed())).toBe(true);
        expect(missingBytes - text.missingBytes).toBe(sizeOf(all) - sizeOf(head) - sizeOf(tail));
      }),
      seeded,
    );
  });

  test.each<[string, string, number, string, string]>([
    ["nothing at all", "abcdef", 0, "", ""],
    ["the odd one goes to the beginning", "abcdef", 3, "ab", "f"],
    ["a pair is never halved", "😀😀😀", 3, "😀", ""],
    ["nor at the end", "a😀b😀", 3, "a", ""],
  ])("%s", (_case, head, chars, keptHead, keptTail) => {
    const short = shorten({ head, tail: "", missingBytes: 0 }, chars);
    expect([short.head, short.tail]).toEqual([keptHead, keptTail]);
  });
});

describe("render", () => {
  test("whole text has no marker", () => {
    expect(render({ head: "abc", tail: "", missingBytes: 0 })).toBe("abc");
  });

  test("the marker stands between the ends and counts bytes", () => {
    expect(render({ head: "abc", tail: "xyz", missingBytes: 12 })).toBe(
      "abc\n... (truncated, 12 bytes missing here)\nxyz",
    );
  });

  test("callers of the reference find the words that they look for", () => {
    expect(render(capture(["x".repeat(10)], 2))).toContain("... (truncated");
  });
});
