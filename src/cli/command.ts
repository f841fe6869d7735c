/** Commands are data plus a handler that receives a context. */
import type { ArgsDef, ParsedArgs } from "citty";

import type { CliContext } from "./context.ts";

export interface CommandInput<A extends ArgsDef> {
  readonly args: ParsedArgs<A>;
  /** Every value of the flags that may be repeated, by flag name. */
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  /** The words after `--`. */
  readonly rest: readonly string[];
}

export interface CommandHelp {
  /** One line, shown in lists. */
  readonly summary: string;
  /** Paragraphs below the usage line. */
  readonly details?: readonly string[];
  /** Flags whose help stands under a heading of its own. */
  readonly examples?: readonly (readonly [command: string, meaning: string])[];
  readonly environment?: readonly (readonly [name: string, meaning: string])[];
  readonly exitCodes?: readonly (readonly [code: number, meaning: string])[];
}

/** A flag that has no default in help although the program has one: `--port` of a stored gateway. */
export interface CommandSpec<A extends ArgsDef = ArgsDef> extends CommandHelp {
  readonly args: A;
  /** Flags that may be given more than once. */
  readonly repeatable?: readonly (keyof A & string)[];
  /** Name of the words after `--` in the usage line; absent: no such words are allowed. */
  readonly rest?: string;
  /** Words that are no flags count as such words also without `--` before them. */
  readonly restAnywhere?: boolean;
  run(context: CliContext, input: CommandInput<A>): Promise<number>;
}

/** A command whose code is loaded only when it runs. */
export interface LazyCommand {
  readonly kind: "command";
  readonly summary: string;
  load(): Promise<CommandSpec>;
}

export interface CommandGroup {
  readonly kind: "group";
  readonly summary: string;
  /** Paragraphs and lists of the group's own help. */
  readonly help?: Omit<CommandHelp, "summary">;
  readonly commands: Readonly<Record<string, LazyCommand | CommandGroup>>;
  /** What a first word means that is none of these commands. */
  readonly otherwise?: {
    /** Name of such a word in the usage line. */
    readonly name: string;
    readonly accepts: RegExp;
    readonly command: LazyCommand;
  };
}

/** Keeps the types of a command's flags while hiding them from the tree. */
export function defineCommand<const A extends ArgsDef>(spec: CommandSpec<A>): CommandSpec {
  // The tree calls `run` only with arguments that were parsed by this very spec.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return spec as unknown as CommandSpec;
}

export function lazy(summary: string, load: () => Promise<CommandSpec>): LazyCommand {
  return { kind: "command", summary, load };
}
