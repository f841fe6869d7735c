/** The text under which a run is shown to whoever approves it. */
import { shellQuote } from "../lib/display-text.ts";
import { wrappedText } from "./shell-wrapper.ts";

export interface ShownRun {
  readonly argv: readonly string[];
  /** Shell text; `argv` is then its wrapper. */
  readonly raw: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * One text for one run: what a shell would take for exactly this program with these words and
 * variables. Undefined for a run that no such text can tell.
 */
export function runText({ argv, raw, env }: ShownRun): string | undefined {
  if (raw !== undefined && wrappedText(argv)?.text !== raw) return undefined;
  const variables = Object.entries(env);
  if (raw !== undefined && variables.length === 0) return raw;
  if (!variables.every(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) return undefined;
  const [program = "", ...words] = argv;
  return [
    ...variables.map(([name, value]) => `${name}=${shellQuote(value)}`),
    programWord(program),
    ...words.map(shellQuote),
  ].join(" ");
}

/** A program's name with an equals sign would read as one more variable. */
function programWord(program: string): string {
  return program.includes("=") ? `'${program.replaceAll("'", `'\\''`)}'` : shellQuote(program);
}
