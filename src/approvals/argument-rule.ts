/**
 * `argPattern` of an entry: which arguments it allows. It is what OpenClaw writes and means, never
 * wider: a regular expression on the joined arguments, or the digest of one directory and one list
 * of arguments.
 */
import { isHeld, runRegex } from "./regex-match.ts";
import { type RegexNode, readRegex } from "./regex-syntax.ts";

export type ArgumentRule =
  | {
      readonly kind: "regex";
      /** As the file has it. */
      readonly text: string;
      readonly node: RegexNode;
      readonly states: number;
      /** Generated expressions separate arguments with NUL, which no argument can hold. */
      readonly separator: " " | "\0";
    }
  | { readonly kind: "digest"; readonly text: string };

export type ReadRule =
  | { readonly ok: true; readonly rule: ArgumentRule }
  | { readonly ok: false; readonly problem: string };

const digestPrefix = "sha256:cwd-argv:v1:";
const olderDigestPrefix = "sha256:argv:";

export function readArgumentRule(text: string): ReadRule {
  if (text.startsWith(olderDigestPrefix)) {
    return { ok: false, problem: `its argPattern "${olderDigestPrefix}…" names no directory` };
  }
  if (text.startsWith(digestPrefix)) {
    const whole = /^[0-9a-f]{64}$/.test(text.slice(digestPrefix.length));
    if (whole) return { ok: true, rule: { kind: "digest", text } };
    return { ok: false, problem: `its argPattern "${digestPrefix}…" is no SHA-256 in lower case` };
  }
  const read = readRegex(text);
  if (!read.ok) return { ok: false, problem: `its argPattern is not supported: ${read.problem}` };
  const separator = text.includes("\0") ? "\0" : " ";
  const { node, states } = read;
  return { ok: true, rule: { kind: "regex", text, node, states, separator } };
}

export interface ArgumentFacts {
  /** Directory that the command would run in, symbolic links resolved; few rules ask for it. */
  readonly cwd: () => string;
  /** Lower-case hexadecimal SHA-256 of a text's UTF-8. */
  sha256(text: string): string;
  /** Steps that all expressions of one decision may still take; without any left none matches. */
  readonly steps?: { left: number };
}

/** Longer command lines are matched by no expression, which bounds the time of a decision. */
const longestArguments = 8192;

/** Stands for a blank inside an argument: no separator, and in no class that people write. */
const innerBlank = "\uffff";

export interface GivenArguments {
  readonly args: readonly string[];
  /** As an entry has it. */
  digest(): string;
}

/** Hundreds of entries may ask for the digest: it is made once. */
export function givenArguments(args: readonly string[], facts: ArgumentFacts): GivenArguments {
  let digest: string | undefined;
  return {
    args,
    digest: () => (digest ??= digestPrefix + facts.sha256(subject(args, facts))),
  };
}

export function argumentsMatch(
  rule: ArgumentRule,
  given: GivenArguments,
  facts: Pick<ArgumentFacts, "steps">,
): boolean {
  if (rule.kind === "digest") return rule.text === given.digest();
  const { args } = given;
  // Each one adds at least what separates it from the next.
  if (args.length > longestArguments) return false;
  const joined = join(args, rule.separator);
  const found = (text: string): boolean => {
    const left = facts.steps?.left ?? Infinity;
    if (left <= 0) return false;
    const run = runRegex(rule.node, text, left);
    if (facts.steps !== undefined) facts.steps.left -= run.steps;
    return run.matches;
  };
  if (joined.length > longestArguments || !found(joined)) return false;
  if (rule.separator === "\0" || args.every((arg) => arg !== "" && !arg.includes(" "))) return true;
  // Joined, `a b` and `a` `b` are one text. What was meant to separate two arguments must not be
  // found inside of one: the expression has to take the blank as any other character as well.
  const told = args.map((arg) => (arg === "" ? innerBlank : arg.replaceAll(" ", innerBlank)));
  return found(join(told, rule.separator));
}

function join(args: readonly string[], separator: " " | "\0"): string {
  if (separator === " ") return args.join(" ");
  return args.length === 0 ? "\0\0" : `${args.join("\0")}\0`;
}

/** A rule for exactly these arguments in exactly this directory. */
export function digestRule(args: readonly string[], facts: ArgumentFacts): string {
  return digestPrefix + facts.sha256(subject(args, facts));
}

/** What a digest is taken of: lengths are those of the UTF-8. */
function subject(args: readonly string[], { cwd }: ArgumentFacts): string {
  const sized = (text: string): string => `${byteLength(text)}\0${text}\0`;
  return `${sized(cwd())}${args.length}\0${args.map(sized).join("")}`;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Whether an expression is also found in the midst of other arguments. */
export function findsAnywhere(rule: ArgumentRule): boolean {
  return rule.kind === "regex" && !(isHeld(rule.node, "start") && isHeld(rule.node, "end"));
}

/**
 * An expression for these arguments and nothing longer; a blank inside of one is any character.
 * Undefined where an argument holds what a person would not see.
 */
export function exactRule(args: readonly string[]): string | undefined {
  if (args.some((arg) => /[^\P{Z} ]|[\p{Cc}\p{Cf}]/u.test(arg))) return undefined;
  const exact = args.map((arg) => {
    const literal = arg.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
    return literal === "" ? ".?" : literal.replaceAll(" ", ".");
  });
  return `^${exact.join(" ")}$`;
}
