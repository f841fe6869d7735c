/**
 * Matches text against an expression by following all its states at once. Steps are bounded by
 * the number of states times the length of the text, whatever the expression is.
 */
import { type CharSet, isIn, wordChars } from "./regex-chars.ts";
import type { RegexNode } from "./regex-syntax.ts";

type Instruction =
  | { readonly op: "set"; readonly set: CharSet }
  | { readonly op: "start" | "end" | "boundary" | "inside" }
  /** Goes on at both places; relative to this instruction. */
  | { readonly op: "fork"; readonly offsets: readonly number[] };

export interface RegexRun {
  readonly matches: boolean;
  /** Instructions that were looked at. */
  readonly steps: number;
}

/**
 * Whether an expression matches anywhere in a text, as `new RegExp(source).test(text)` does. Beyond
 * `mostSteps` it gives up and does not match.
 */
export function runRegex(node: RegexNode, text: string, mostSteps = Infinity): RegexRun {
  const program = programOf(node);
  const onlyAtStart = isHeld(node, "start");
  const accepting = program.length;
  let steps = 0;
  let current: number[] = [];
  // seen[pc] is the position, plus one, at which an instruction was last reached.
  const seen = new Int32Array(accepting + 1);
  const reach = (first: number, at: number, into: number[]): boolean => {
    const open = [first];
    for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
      if (seen[pc] === at + 1) continue;
      seen[pc] = at + 1;
      steps += 1;
      const instruction = program[pc];
      if (instruction === undefined) return true;
      if (instruction.op === "set") into.push(pc);
      else if (instruction.op === "fork") {
        for (const offset of instruction.offsets) open.push(pc + offset);
      } else if (holds(instruction.op, text, at)) open.push(pc + 1);
    }
    return false;
  };
  for (let at = 0; at <= text.length; at += 1) {
    const next: number[] = [];
    if (at > 0) {
      const unit = text.charCodeAt(at - 1);
      for (const pc of current) {
        const instruction = program[pc];
        steps += 1;
        if (instruction?.op !== "set" || !isIn(instruction.set, unit)) continue;
        if (reach(pc + 1, at, next)) return { matches: true, steps };
      }
    }
    // A match may begin anywhere.
    if ((at === 0 || !onlyAtStart) && reach(0, at, next)) return { matches: true, steps };
    current = next;
    if (steps > mostSteps || (onlyAtStart && current.length === 0)) break;
  }
  return { matches: false, steps };
}

/** Whether every match is held to that side of the text. */
export function isHeld(node: RegexNode, side: "start" | "end"): boolean {
  if (node.kind === "choice") return node.items.every((item) => isHeld(item, side));
  if (node.kind !== "sequence") return node.kind === side;
  const outermost = node.items.at(side === "start" ? 0 : -1);
  return outermost !== undefined && isHeld(outermost, side);
}

function holds(op: "start" | "end" | "boundary" | "inside", text: string, at: number): boolean {
  if (op === "start") return at === 0;
  if (op === "end") return at === text.length;
  const boundary = isWord(text, at - 1) !== isWord(text, at);
  return boundary === (op === "boundary");
}

function isWord(text: string, at: number): boolean {
  return at >= 0 && at < text.length && isIn(wordChars, text.charCodeAt(at));
}

/** A decision tries the same expression for many commands. */
const programs = new WeakMap<RegexNode, readonly Instruction[]>();

function programOf(node: RegexNode): readonly Instruction[] {
  const known = programs.get(node) ?? compile(node);
  programs.set(node, known);
  return known;
}

function compile(node: RegexNode): Instruction[] {
  switch (node.kind) {
    case "set":
      return [{ op: "set", set: node.set }];
    case "sequence":
      return node.items.flatMap(compile);
    case "choice":
      return compileChoice(node.items.map(compile));
    case "repeat":
      return compileRepeat(compile(node.item), node.least, node.most);
    default:
      return [{ op: node.kind }];
  }
}

function compileChoice(branches: readonly Instruction[][]): Instruction[] {
  const [only, second] = branches;
  if (only !== undefined && second === undefined) return only;
  const length = branches.reduce((sum, branch) => sum + branch.length + 1, 1);
  const offsets: number[] = [];
  const body: Instruction[] = [];
  for (const branch of branches) {
    offsets.push(body.length + 1);
    body.push(...branch);
    body.push({ op: "fork", offsets: [length - 1 - body.length] });
  }
  return [{ op: "fork", offsets }, ...body];
}

function compileRepeat(
  item: readonly Instruction[],
  least: number,
  most: number | undefined,
): Instruction[] {
  const body: Instruction[] = [];
  for (let count = 0; count < least; count += 1) body.push(...item);
  if (most === undefined) {
    body.push({ op: "fork", offsets: [1, item.length + 2] }, ...item);
    body.push({ op: "fork", offsets: [-(item.length + 1)] });
    return body;
  }
  const optional = most - least;
  for (let count = 0; count < optional; count += 1) {
    const toEnd = (optional - count) * (item.length + 1);
    body.push({ op: "fork", offsets: [1, toEnd] }, ...item);
  }
  return body;
}
