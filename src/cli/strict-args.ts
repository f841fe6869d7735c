/**
 * Checks a command line against the flags of a command before anything interprets it: citty itself
 * accepts unknown flags, takes the next flag as a value, and ignores superfluous words.
 */
import type { ArgDef, ArgsDef } from "citty";

import { UsageError } from "../lib/errors.ts";
import { closest } from "./closest.ts";

export interface StrictArgs {
  /** The same words in the one spelling that leaves nothing to interpret. */
  readonly normalized: readonly string[];
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  readonly rest: readonly string[];
}

/** Where words may stand that are neither flags nor declared positionals. */
export type RestWords = "none" | "after-dashes" | "anywhere";

interface Flag {
  readonly name: string;
  readonly definition: ArgDef;
  readonly negated: boolean;
}

export function strictArgs(
  words: readonly string[],
  args: ArgsDef,
  options: { readonly repeatable: readonly string[]; readonly rest: RestWords },
): StrictArgs {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  const rest = end < 0 ? [] : words.slice(end + 1);
  if (rest.length > 0 && options.rest === "none") throw unexpected(rest[0] ?? "", options.rest);

  const normalized: string[] = [];
  const repeated: Record<string, string[]> = {};
  const positionals: string[] = [];
  const seen = new Set<string>();
  for (let index = 0; index < own.length; index += 1) {
    const word = own[index] ?? "";
    if (!isFlag(word)) {
      positionals.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const spelled = equals < 0 ? word : word.slice(0, equals);
    const flag = findFlag(spelled, args);
    const repeatable = options.repeatable.includes(flag.name);
    if (seen.has(flag.name) && !repeatable) {
      throw new UsageError(`Cannot use ${spelled} twice: it takes one value`);
    }
    seen.add(flag.name);
    if (flag.definition.type === "boolean") {
      if (equals >= 0) throw new UsageError(`Cannot give ${spelled} a value: it is a switch`);
      normalized.push(flag.negated ? `--no-${flag.name}` : `--${flag.name}`);
      continue;
    }
    const value = equals < 0 ? own[(index += 1)] : word.slice(equals + 1);
    if (value === undefined || value === "" || (equals < 0 && isFlag(value))) {
      throw new UsageError(`Cannot use ${spelled} without a value`, hintFor(flag));
    }
    refuseOtherWords(spelled, flag, value);
    if (repeatable) (repeated[flag.name] ??= []).push(value);
    else normalized.push(`--${flag.name}=${value}`);
  }
  const wanted = Object.values(args).filter((arg) => arg.type === "positional").length;
  const superfluous = positionals.splice(wanted);
  if (superfluous[0] !== undefined && options.rest !== "anywhere") {
    throw unexpected(superfluous[0], options.rest);
  }
  const given: string[] = [];
  for (const [name, definition] of Object.entries(args)) {
    if (definition.type !== "positional") continue;
    if (positionals[0] === undefined && definition.required !== false) {
      throw new UsageError(
        `Cannot run this without ${name.toUpperCase()}: ${definition.description ?? ""}`,
      );
    }
    const value = positionals.shift();
    if (value !== undefined) given.push(value);
  }
  // Behind the dashes a word such as -1 is not taken for a flag.
  if (given.length > 0) normalized.push("--", ...given);
  return { normalized, repeated, rest: [...superfluous, ...rest] };
}

/** A lone `-` means standard input; `-1` is a value. */
function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-" && !/^-\d/.test(word);
}

function findFlag(spelled: string, args: ArgsDef): Flag {
  const name = spelled.replace(/^--?/, "");
  for (const [key, definition] of Object.entries(args)) {
    if (definition.type === "positional") continue;
    const aliases = [("alias" in definition && definition.alias) || []].flat();
    const exact = spelled.startsWith("--") ? key === name : aliases.includes(name);
    if (exact) return { name: key, definition, negated: false };
    if (
      definition.type === "boolean" &&
      spelled === `--no-${key}` &&
      definition.negativeDescription
    ) {
      return { name: key, definition, negated: true };
    }
  }
  const known = Object.keys(args).filter((key) => args[key]?.type !== "positional");
  const near = closest(name, known);
  throw new UsageError(
    `Cannot use ${spelled}: there is no such flag`,
    near === undefined ? "Add --help to see all flags" : `Did you mean --${near}?`,
  );
}

function refuseOtherWords(spelled: string, { definition }: Flag, value: string): void {
  if (definition.type !== "enum" || definition.options?.includes(value) !== false) return;
  const words = definition.options.join(", ");
  throw new UsageError(`Cannot use ${spelled} "${value}": wanted is one of ${words}`);
}

function hintFor({ name, definition }: Flag): string | undefined {
  const hint = "valueHint" in definition ? definition.valueHint : undefined;
  return hint === undefined ? undefined : `Write: --${name} ${hint}`;
}

function unexpected(word: string, rest: RestWords): UsageError {
  return new UsageError(
    `Cannot use "${word}" here: nothing is expected at this place`,
    rest === "after-dashes" ? `Put -- before it: -- ${word} …` : "Add --help to see what is",
  );
}
