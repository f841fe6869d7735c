/** clawdbot.1, for man: section 1, in the macros of man(7). */
import type { CommandHelp } from "../command.ts";
import { argumentRows, programName, usageLine } from "../help.ts";
import type { CommandModel } from "./command-model.ts";

export function manualPage(models: readonly CommandModel[], version: string): string {
  const [root, ...commands] = models;
  if (root === undefined) return "";
  return [
    `.TH ${programName.toUpperCase()} 1 "" "${programName} ${roff(version)}" "User Commands"`,
    ".SH NAME",
    `${programName} \\- ${roff(root.summary.replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    `.B ${programName}`,
    ".I COMMAND",
    "[options]",
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ...exitStatus(root.group?.help),
    "",
  ].join("\n");
}

function commandLines({ path, spec, group, summary }: CommandModel): string[] {
  const called = `.SS ${roff([programName, ...path].join(" "))}`;
  // A group itself is no more than its commands.
  if (spec === undefined)
    return [called, roff(group?.summary ?? summary), ...helpLines(group?.help)];
  const name = group?.otherwise?.name;
  const { positionals, flags } = argumentRows(spec);
  return [
    called,
    roff(spec.summary),
    ".PP",
    ".nf",
    roff(
      name === undefined
        ? usageLine(path, spec)
        : `${[programName, ...path, name].join(" ")} [options]`,
    ),
    ".fi",
    ...[...positionals, ...flags].flatMap(([term, text]) => [
      ".TP",
      `.B ${roff(term)}`,
      roff(text),
    ]),
    ...helpLines(spec),
  ];
}

function helpLines(help: Omit<CommandHelp, "summary"> | undefined): string[] {
  const heading = (text: string): string[] => [".PP", `.I ${text}`];
  const { details = [], environment = [], exitCodes = [], examples = [] } = help ?? {};
  return [
    ...details.flatMap((text) => [".PP", ...verbatim(text)]),
    ...(environment.length === 0 ? [] : heading("Environment:")),
    ...environment.flatMap(([name, text]) => [".TP", `.B ${roff(name)}`, roff(text)]),
    ...(exitCodes.length === 0 ? [] : heading("Exit codes:")),
    ...exitCodes.flatMap(([code, text]) => [".TP", `.B ${code}`, roff(text)]),
    ...(examples.length === 0 ? [] : heading("Examples:")),
    ...examples.flatMap(([command, text]) => [".TP", roff(text), ".nf", roff(command), ".fi"]),
  ];
}

function exitStatus(help: Omit<CommandHelp, "summary"> | undefined): string[] {
  const rows = help?.exitCodes ?? [];
  return [".SH EXIT STATUS", ...rows.flatMap(([code, text]) => [".TP", `.B ${code}`, roff(text)])];
}

/** Lines that are indented are commands, and stay lines. */
function verbatim(text: string): string[] {
  const lines = text.split("\n");
  if (!lines.some((line) => /^\s/.test(line))) return [roff(lines.join(" "))];
  return [".nf", ...lines.map(roff), ".fi"];
}

/** Text that roff prints as it is: nothing in it is a request, an escape or a typographic mark. */
function roff(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll('"', "\\(dq")
    .replaceAll(/[^\n -~]/gu, (char) => {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      return `\\[u${code}]`;
    });
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
