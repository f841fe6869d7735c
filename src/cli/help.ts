/** Help texts, made from the commands themselves. */
import type { ArgDef } from "citty";

import type { CommandGroup, CommandHelp, CommandSpec } from "./command.ts";
import { columns } from "./columns.ts";

export const programName = "clawdbot";

export function groupHelp(path: readonly string[], group: CommandGroup): string {
  const rows = Object.entries(group.commands).map(([name, { summary }]) => [name, summary]);
  const { otherwise } = group;
  const called = [programName, ...path].join(" ");
  const other = otherwise === undefined ? [] : [[otherwise.name, otherwise.command.summary]];
  return sections([
    [undefined, [group.summary]],
    ["Usage", [...other.map(([name]) => `${called} ${name} [options]`), `${called} COMMAND`]],
    ["Commands", columns([...other, ...rows])],
    ...helpSections({ summary: group.summary, ...group.help }),
    [undefined, [`More about a command: ${[programName, ...path].join(" ")} COMMAND --help`]],
  ]);
}

export function commandHelp(path: readonly string[], spec: CommandSpec): string {
  const { positionals, flags } = argumentRows(spec);
  return sections([
    [undefined, [spec.summary]],
    ["Usage", [usageLine(path, spec)]],
    ["Arguments", columns(positionals)],
    ["Options", columns([...flags, ["--help", "Show this text"]])],
    ...helpSections(spec),
  ]);
}

export function usageLine(path: readonly string[], spec: CommandSpec): string {
  const all = Object.entries(spec.args);
  const positionals = all.filter(([, arg]) => arg.type === "positional");
  const words = [
    programName,
    ...path,
    ...(all.length === positionals.length ? [] : ["[options]"]),
    ...positionals.map(([name, arg]) =>
      arg.required === false ? `[${name.toUpperCase()}]` : name.toUpperCase(),
    ),
    ...(spec.rest === undefined ? [] : [spec.restAnywhere === true ? "[--]" : "--", spec.rest]),
  ];
  return words.join(" ");
}

type Row = readonly [spelling: string, description: string];

/** What a command takes, as it is spelled, with what it is for. */
export function argumentRows(spec: CommandSpec): {
  readonly positionals: readonly Row[];
  readonly flags: readonly Row[];
} {
  const all = Object.entries(spec.args);
  const rows = (list: typeof all): Row[] =>
    list.flatMap(([name, arg]) => [[spelling(name, arg), describe(arg)], ...negation(name, arg)]);
  return {
    positionals: rows(all.filter(([, arg]) => arg.type === "positional")),
    flags: rows(all.filter(([, arg]) => arg.type !== "positional")),
  };
}

type Section = readonly [heading: string | undefined, lines: readonly string[]];

function helpSections(help: CommandHelp): Section[] {
  return [
    ...(help.details ?? []).map((paragraph): Section => [undefined, [paragraph]]),
    ["Environment", columns(help.environment ?? [])],
    ["Exit codes", columns((help.exitCodes ?? []).map(([code, text]) => [String(code), text]))],
    ["Examples", (help.examples ?? []).flatMap(([command, text]) => [`# ${text}`, command])],
  ];
}

function sections(list: readonly Section[]): string {
  const shown = list.filter(([, lines]) => lines.length > 0);
  const blocks = shown.map(([heading, lines]) =>
    heading === undefined
      ? lines.join("\n")
      : [`${heading}:`, ...lines.map((line) => `  ${line}`)].join("\n"),
  );
  return `${blocks.join("\n\n")}\n`;
}

function spelling(name: string, arg: ArgDef): string {
  if (arg.type === "positional") return name.toUpperCase();
  const value =
    arg.type === "boolean" ? "" : ` ${("valueHint" in arg && arg.valueHint) || "VALUE"}`;
  const aliases = [("alias" in arg && arg.alias) || []].flat().map((alias) => `-${alias}, `);
  return `${aliases.join("")}--${name}${value}`;
}

/** The row of `--no-NAME`, where a switch has one. */
function negation(name: string, arg: ArgDef): readonly Row[] {
  const text = "negativeDescription" in arg ? arg.negativeDescription : undefined;
  return text === undefined ? [] : [[`--no-${name}`, text]];
}

function describe(arg: ArgDef): string {
  const fallback =
    arg.default === undefined || arg.type === "boolean" ? "" : ` (default ${arg.default})`;
  return `${arg.description ?? ""}${fallback}`;
}
