/** The whole tree of commands as plain data: what completions and the manual page are made from. */
import type { ArgDef } from "citty";

import type { CommandGroup, CommandSpec, LazyCommand } from "../command.ts";

export interface FlagModel {
  /** With their dashes. */
  readonly names: readonly string[];
  readonly description: string;
  readonly repeatable: boolean;
  /** Undefined: a switch. */
  readonly value: ValueModel | undefined;
}

export interface ValueModel {
  /** As in help: `HOST`. */
  readonly hint: string;
  /** The only words that are accepted; empty: any. */
  readonly words: readonly string[];
  readonly files: "any" | "directory" | undefined;
}

export interface CommandModel {
  /** The words after the program's name. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly children: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly FlagModel[];
  readonly positionals: readonly ValueModel[];
  /** Words of another program may follow. */
  readonly takesRest: boolean;
  /** Undefined for a mere group. */
  readonly spec: CommandSpec | undefined;
  readonly group: CommandGroup | undefined;
}

const help: FlagModel = {
  names: ["--help", "-h"],
  description: "Show help",
  repeatable: false,
  value: undefined,
};
const version: FlagModel = {
  names: ["--version", "-v"],
  description: "Show the version",
  repeatable: false,
  value: undefined,
};

/** Groups before their commands, all in the order of help. Loads every command. */
export async function commandModels(
  group: CommandGroup,
  path: readonly string[] = [],
): Promise<readonly CommandModel[]> {
  const { otherwise } = group;
  const spec = await otherwise?.command.load();
  const own: CommandModel = {
    path,
    summary: group.summary,
    children: Object.entries(group.commands).map(([name, { summary }]) => ({ name, summary })),
    flags: [...flagsOf(spec), ...(path.length === 0 ? [version] : []), help],
    positionals: [],
    takesRest: false,
    spec,
    group,
  };
  const below = Object.entries(group.commands).map(([name, child]) =>
    child.kind === "group"
      ? commandModels(child, [...path, name])
      : commandModel(child, [...path, name]),
  );
  return [own, ...(await Promise.all(below)).flat()];
}

async function commandModel(
  command: LazyCommand,
  path: readonly string[],
): Promise<readonly CommandModel[]> {
  const spec = await command.load();
  const positionals = Object.entries(spec.args).filter(([, arg]) => arg.type === "positional");
  return [
    {
      path,
      summary: command.summary,
      children: [],
      flags: [...flagsOf(spec), help],
      positionals: positionals.map(([name, arg]) => valueOf(arg, name.toUpperCase())),
      takesRest: spec.rest !== undefined,
      spec,
      group: undefined,
    },
  ];
}

function flagsOf(spec: CommandSpec | undefined): FlagModel[] {
  return Object.entries(spec?.args ?? {}).flatMap(([name, arg]) => {
    if (arg.type === "positional") return [];
    const aliases = [("alias" in arg && arg.alias) || []].flat();
    const flag: FlagModel = {
      names: [`--${name}`, ...aliases.map((alias) => `-${alias}`)],
      description: arg.description ?? "",
      repeatable: spec?.repeatable?.includes(name) === true,
      value: arg.type === "boolean" ? undefined : valueOf(arg, "VALUE"),
    };
    const negated = "negativeDescription" in arg ? arg.negativeDescription : undefined;
    if (negated === undefined) return [flag];
    return [flag, { ...flag, names: [`--no-${name}`], description: negated }];
  });
}

function valueOf(arg: ArgDef, fallback: string): ValueModel {
  const hint = ("valueHint" in arg && arg.valueHint) || fallback;
  return {
    hint,
    words: arg.type === "enum" ? (arg.options ?? []) : [],
    files: hint === "DIR" ? "directory" : hint === "FILE" ? "any" : undefined,
  };
}
