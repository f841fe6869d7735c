/** Sets of UTF-16 code units, which is what JavaScript's expressions without flags match. */

/** Ranges in order, none touching another, both ends included. */
export type CharSet = readonly (readonly [from: number, to: number])[];

const last = 0xff_ff;

export function charSet(ranges: readonly (readonly [number, number])[]): CharSet {
  const merged: [number, number][] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before !== undefined && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export function everythingBut(set: CharSet): CharSet {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) rest.push([next, last]);
  return rest;
}

export function isIn(set: CharSet, unit: number): boolean {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const range = set[middle];
    if (range === undefined || unit < range[0]) high = middle;
    else if (unit > range[1]) low = middle + 1;
    else return true;
  }
  return false;
}

const digits = charSet([[0x30, 0x39]]);

/** The word characters of `\w` and `\b`. */
export const wordChars = charSet([
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]);

const blanks = charSet([
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x16_80, 0x16_80],
  [0x20_00, 0x20_0a],
  [0x20_28, 0x20_29],
  [0x20_2f, 0x20_2f],
  [0x20_5f, 0x20_5f],
  [0x30_00, 0x30_00],
  [0xfe_ff, 0xfe_ff],
]);

/** What a dot does not match. */
export const lineEnds = charSet([
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x20_28, 0x20_29],
]);

export const classEscapes: ReadonlyMap<string, CharSet> = new Map([
  ["d", digits],
  ["D", everythingBut(digits)],
  ["w", wordChars],
  ["W", everythingBut(wordChars)],
  ["s", blanks],
  ["S", everythingBut(blanks)],
]);
