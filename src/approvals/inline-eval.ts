/**
 * Whether an interpreter is handed program text in its arguments, or reads it from its standard
 * input, instead of a script that somebody could have looked at. What is not known about an option
 * counts against the run.
 */
import { type Interpreter, interpreterOf } from "./inline-eval-table.ts";
import { mayBecomeOption } from "./analysis.ts";
import type { Word } from "./shell-text.ts";

/** The interpreter's name where one of its spellings is handed text; undefined: none is. */
export function inlineEvalBy(
  names: readonly string[],
  args: readonly Word[] | undefined,
): string | undefined {
  for (const name of names) {
    const known = interpreterOf(name);
    if (known !== undefined && (args === undefined || isInline(known.interpreter, args))) {
      return known.name;
    }
  }
  return undefined;
}

function isInline(interpreter: Interpreter, args: readonly Word[]): boolean {
  let hasOperand = false;
  let hasScript = false;
  // The value of an option that is not known may look like the script.
  let perhapsValue = false;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    const text = word?.literal;
    if (word === undefined || (text === undefined && mayBecomeOption(word))) return true;
    if (text === undefined || !isOption(text, interpreter)) {
      // Make's operands may set variables, whatever file it reads.
      const data = interpreter.firstOnly === true && (hasOperand || hasScript);
      if (!data && isInlineOperand(interpreter, text)) return true;
      if (interpreter.before?.has(text ?? "") === true) continue;
      if (perhapsValue) perhapsValue = false;
      else if (interpreter.keepsReading === true) hasOperand = true;
      else return false;
      continue;
    }
    if (text === "--") {
      if (interpreter.keepsReading === true) continue;
      const operand = args[at + 1];
      return operand === undefined
        ? interpreter.readsInput !== "never"
        : isInlineOperand(interpreter, operand.literal);
    }
    const meaning = optionMeaning(interpreter, text);
    if (meaning === "code") return true;
    if (meaning === "ends") return runsModule(interpreter, text, args[at + 1]);
    if (meaning === "script") {
      const value = scriptValue(interpreter, text);
      if (isInput(value ?? args[at + 1]?.literal ?? "-")) return true;
      if (value === undefined) at += 1;
      hasScript = true;
    }
    if (meaning === "value") at += 1;
    perhapsValue = meaning === "unknown";
  }
  if (args.length > 0 && args.every(({ literal }) => tells.test(literal ?? ""))) return false;
  return interpreter.readsInput === "without a script"
    ? !hasOperand && !hasScript
    : !hasScript && interpreter.readsInput === "always";
}

/** The value that stands in the same word; undefined: it is the next one. */
function scriptValue({ script = "" }: Interpreter, text: string): string | undefined {
  const value = text.startsWith("--")
    ? /=(.*)$/s.exec(text)?.[1]
    : text.slice(1 + Array.from(text).findIndex((letter) => script.includes(letter)));
  return value === "" ? undefined : value;
}

/** Names under which a program opens its standard input. */
function isInput(path: string): boolean {
  return path === "-" || /(^|\/)(stdin|fd\/+\d+)$|^\d+$/.test(path);
}

/** Options with which an interpreter only speaks of itself. */
const tells = /^(--version|--help|-V|-v|-h)$/;

function isOption(text: string, { plus }: Interpreter): boolean {
  return (text.startsWith("-") && text !== "-") || (plus === true && text.startsWith("+"));
}

function isInlineOperand(interpreter: Interpreter, text: string | undefined): boolean {
  if (text !== undefined && isInput(text) && interpreter.readsInput !== "never") return true;
  if (text === "-") return false;
  if (text !== undefined && interpreter.subcommands?.has(text) === true) return true;
  if (interpreter.inlineOperand === undefined) return false;
  return text === undefined || interpreter.inlineOperand(text);
}

/** `python -m timeit TEXT` runs text too. */
function runsModule({ modules }: Interpreter, option: string, operand: Word | undefined): boolean {
  const attached = option.slice(2);
  const name = attached === "" ? operand?.literal : attached;
  return name === undefined || modules?.has(name) === true;
}

type Meaning = "code" | "value" | "switch" | "ends" | "script" | "unknown";

function optionMeaning(interpreter: Interpreter, text: string): Meaning {
  const { code, values = "", switches = "", ends = "", script = "" } = interpreter;
  if (text.startsWith("+")) return "code";
  if (text.startsWith("--")) return longMeaning(interpreter, text);
  if (interpreter.words?.has(text) === true) return "code";
  for (let index = 1; index < text.length; index += 1) {
    const letter = text[index] ?? "";
    const rest = text.slice(index + 1);
    if (code.includes(letter)) return "code";
    if (ends.includes(letter)) return "ends";
    if (script.includes(letter)) return "script";
    if (values.includes(letter)) return rest === "" ? "value" : "switch";
    if (switches.includes(letter)) continue;
    // What follows an unknown letter may be its value, or more letters.
    return Array.from(rest).some((one) => code.includes(one)) ? "code" : "unknown";
  }
  return "switch";
}

function longMeaning({ long, longScript }: Interpreter, text: string): Meaning {
  const assigned = text.indexOf("=");
  const name = text.slice(2, assigned < 0 ? undefined : assigned);
  // Most programs take abbreviations.
  if (long.some((option) => option.startsWith(name))) return "code";
  if (longScript?.includes(name) === true) return "script";
  return assigned < 0 && !tells.test(text) ? "unknown" : "switch";
}
