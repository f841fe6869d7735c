/**
 * Reads the regular expressions that a policy may hold: a subset of JavaScript's, with the same
 * meaning without flags, small enough to be matched in linear time. Everything else is refused
 * with the reason; nothing is guessed.
 */
import { type CharSet, charSet, classEscapes, everythingBut, lineEnds } from "./regex-chars.ts";

export type RegexNode =
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "start" | "end" | "boundary" | "inside" }
  | { readonly kind: "sequence" | "choice"; readonly items: readonly RegexNode[] }
  | {
      readonly kind: "repeat";
      readonly item: RegexNode;
      readonly least: number;
      /** Undefined: no limit. */
      readonly most: number | undefined;
    };

export type RegexSyntax =
  | { readonly ok: true; readonly node: RegexNode; readonly states: number }
  | { readonly ok: false; readonly problem: string };

/** Nobody reads longer ones, and nobody should trust what they do not read. */
export const longestRegex = 4096;
/** Repetitions are written out, so that `{1000}` inside of `{1000}` has to end somewhere. */
export const mostStates = 2000;
const deepest = 50;

class NotSupported extends Error {}

export function readRegex(source: string): RegexSyntax {
  if (source.length > longestRegex) {
    return { ok: false, problem: `it is longer than ${longestRegex} characters` };
  }
  try {
    const node = new Reader(source).whole();
    return { ok: true, node, states: statesOf(node) };
  } catch (error) {
    if (error instanceof NotSupported) return { ok: false, problem: error.message };
    throw error;
  }
}

/** Instructions that a node is compiled to. */
function statesOf(node: RegexNode): number {
  const states = countStates(node);
  if (states > mostStates) throw new NotSupported(`it needs more than ${mostStates} states`);
  return states;
}

function countStates(node: RegexNode): number {
  switch (node.kind) {
    case "sequence":
      return node.items.reduce((sum, item) => sum + statesOf(item), 0);
    case "choice": {
      const forks = node.items.length === 1 ? 0 : node.items.length + 1;
      return node.items.reduce((sum, item) => sum + statesOf(item), forks);
    }
    case "repeat": {
      const { least, most } = node;
      // What is empty costs a step too, or repeating it would be free.
      const item = Math.max(statesOf(node.item), 1);
      return least * item + (most === undefined ? item + 2 : (most - least) * (item + 1));
    }
    default:
      return 1;
  }
}

const quantifier = /([*+?]|\{(\d+)(,(\d*))?\})\??/y;
const hexEscapes: Readonly<Record<string, number>> = { x: 2, u: 4 };
const controlEscapes: ReadonlyMap<string, number> = new Map([
  ["t", 9],
  ["n", 10],
  ["v", 11],
  ["f", 12],
  ["r", 13],
]);

class Reader {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#source.length) this.#fail('")" closes no group');
    return node;
  }

  #choice(): RegexNode {
    const items = [this.#sequence()];
    while (this.#take("|")) items.push(this.#sequence());
    return { kind: "choice", items };
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#peek())) {
      const atom = this.#atom();
      items.push(this.#repeated(atom));
    }
    return { kind: "sequence", items };
  }

  #repeated(item: RegexNode): RegexNode {
    quantifier.lastIndex = this.#at;
    const match = quantifier.exec(this.#source);
    if (match === null) return item;
    if (item.kind !== "set" && item.kind !== "choice") this.#fail("an anchor is repeated");
    this.#at = quantifier.lastIndex;
    const [, sign, from = "", range, to = ""] = match;
    if (sign === "*") return { kind: "repeat", item, least: 0, most: undefined };
    if (sign === "+") return { kind: "repeat", item, least: 1, most: undefined };
    if (sign === "?") return { kind: "repeat", item, least: 0, most: 1 };
    const least = Number(from);
    const most = range === undefined ? least : to === "" ? undefined : Number(to);
    if (most !== undefined && most < least) this.#fail("a repetition ends before it begins");
    return { kind: "repeat", item, least, most };
  }

  #atom(): RegexNode {
    const char = this.#next();
    switch (char) {
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case ".":
        return { kind: "set", set: everythingBut(lineEnds) };
      case "(":
        return this.#group();
      case "[":
        return { kind: "set", set: this.#class() };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        return this.#fail(`"${char}" repeats nothing`);
      case "{":
        return this.#fail('"{" stands for itself only as \\{');
      default:
        return single(char);
    }
  }

  #group(): RegexNode {
    if (this.#peek() === "?" && !this.#take("?:")) {
      const start = this.#source.slice(this.#at, this.#at + 3);
      const look = /^\?(=|!|<=|<!)/.test(start);
      this.#fail(look ? "it looks ahead or behind" : `a group begins with "(${start.slice(0, 2)}"`);
    }
    this.#depth += 1;
    if (this.#depth > deepest) this.#fail(`groups are nested deeper than ${deepest}`);
    const node = this.#choice();
    if (!this.#take(")")) this.#fail("a group is not closed");
    this.#depth -= 1;
    return node;
  }

  #escape(): RegexNode {
    const char = this.#peek();
    if (char === "b" || char === "B") {
      this.#at += 1;
      return { kind: char === "b" ? "boundary" : "inside" };
    }
    const read = this.#escaped();
    return typeof read === "number"
      ? single(String.fromCharCode(read))
      : { kind: "set", set: read };
  }

  /** What stands behind a backslash: one code unit, or a set of them. */
  #escaped(): number | CharSet {
    const char = this.#next();
    const set = classEscapes.get(char);
    if (set !== undefined) return set;
    const control = controlEscapes.get(char);
    if (control !== undefined) return control;
    const digits = hexEscapes[char];
    if (digits !== undefined) {
      const hex = this.#source.slice(this.#at, this.#at + digits);
      if (hex.length !== digits || !/^[0-9A-Fa-f]+$/.test(hex)) {
        this.#fail(`"\\${char}" wants ${digits} hexadecimal digits`);
      }
      this.#at += digits;
      return Number.parseInt(hex, 16);
    }
    if (char === "0" && !/[0-9]/.test(this.#peek())) return 0;
    if (/[1-9]/.test(char)) return this.#fail("it refers back to a group");
    if (/[pP]/.test(char)) return this.#fail("it names a Unicode property");
    if (/[A-Za-z0-9]/.test(char)) return this.#fail(`"\\${char}" has no meaning here`);
    return char.charCodeAt(0);
  }

  #class(): CharSet {
    const negated = this.#take("^");
    const ranges: [number, number][] = [];
    while (!this.#take("]")) {
      const from = this.#classAtom();
      const ranged = this.#peek() === "-" && !/^(-\]|-$)/.test(this.#ahead(2));
      if (!ranged) {
        ranges.push(...(typeof from === "number" ? [[from, from] as [number, number]] : from));
        continue;
      }
      this.#at += 1;
      const to = this.#classAtom();
      if (typeof from !== "number" || typeof to !== "number") {
        return this.#fail("a range begins or ends with a set");
      }
      if (to < from) this.#fail("a range ends before it begins");
      ranges.push([from, to]);
    }
    const set = charSet(ranges);
    return negated ? everythingBut(set) : set;
  }

  #classAtom(): number | [number, number][] {
    if (this.#at >= this.#source.length) return this.#fail("a class is not closed");
    const char = this.#next();
    if (char !== "\\") return char.charCodeAt(0);
    if (this.#take("b")) return 8;
    if (this.#peek() === "B") return this.#fail('"\\B" stands in a class');
    const read = this.#escaped();
    return typeof read === "number" ? read : read.map(([from, to]) => [from, to]);
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  #ahead(count: number): string {
    return this.#source.slice(this.#at, this.#at + count);
  }

  #next(): string {
    const char = this.#source[this.#at];
    if (char === undefined) return this.#fail("it ends with a backslash");
    this.#at += 1;
    return char;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #fail(problem: string): never {
    throw new NotSupported(problem);
  }
}

function single(char: string): RegexNode {
  const unit = char.charCodeAt(0);
  return { kind: "set", set: [[unit, unit]] };
}
