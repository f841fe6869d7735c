/** Completion for bash, from 3.2 of macOS on. */
import { shellQuote } from "../../lib/display-text.ts";
import type { CommandModel, FlagModel } from "./command-model.ts";

/**
 * bash splits words at `=` and `:`; `--flag=value` comes as three. The path of commands is found by
 * walking over the words and leaving out values of flags.
 */
export function bashCompletion(models: readonly CommandModel[]): string {
  return `# Completion of clawdbot for bash; made by: clawdbot completion bash
_clawdbot() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev='' at='' word flag words='' files='' index
  local IFS=$' \\t\\n'
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == -- ]]; then
      ${filesOf("any")}
      return
    fi
    if [[ $word == = ]]; then continue; fi
    if [[ -n $prev ]]; then
      prev=''
      continue
    fi
    case "$at $word" in
${alternatives(models.flatMap(valueFlags), 6)}
        prev=$word ;;
${alternatives(
  models.filter(({ path }) => path.length > 0).map(({ path }) => atOf(path)),
  6,
)}
        at="$at $word" ;;
    esac
  done
  if [[ $cur == = ]]; then cur=''; fi
  if [[ -n $prev ]]; then
    case "$at $prev" in
${models.flatMap(valueBranches).join("\n")}
    esac
  else
    case "$at" in
${models.map(wordBranch).join("\n")}
    esac
    if [[ -n $files && $cur != -* ]]; then words=''; fi
  fi
  if [[ $files == directory ]]; then
    ${filesOf("directory")}
  elif [[ -n $files && -z $words ]]; then
    ${filesOf("any")}
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
complete -F _clawdbot clawdbot
`;
}

/** Names may hold blanks: one a line, and readline quotes them. */
function filesOf(kind: "any" | "directory"): string {
  const option = kind === "any" ? "-f" : "-d";
  return `compopt -o filenames 2>/dev/null
    IFS=$'\\n'
    COMPREPLY=($(compgen ${option} -- "$cur"))`;
}

function atOf(path: readonly string[]): string {
  return path.map((word) => ` ${word}`).join("");
}

/** The head of a branch of \`case\`. */
function alternatives(words: readonly string[], indent: number): string {
  const blanks = " ".repeat(indent);
  return `${words.map((word) => blanks + shellQuote(word)).join(" | \\\n")})`;
}

function valueFlags({ path, flags }: CommandModel): string[] {
  return flags
    .filter(({ value }) => value !== undefined)
    .flatMap(({ names }) => names.map((name) => `${atOf(path)} ${name}`));
}

function valueBranches({ path, flags }: CommandModel): string[] {
  return flags.flatMap((flag) => {
    const set = effectOf(flag);
    if (set === undefined) return [];
    const heads = flag.names.map((name) => shellQuote(`${atOf(path)} ${name}`));
    return [`      ${heads.join(" | ")}) ${set} ;;`];
  });
}

function effectOf({ value }: FlagModel): string | undefined {
  if (value === undefined) return undefined;
  if (value.words.length > 0) return `words=${shellQuote(value.words.join(" "))}`;
  return value.files === undefined ? undefined : `files=${value.files}`;
}

function wordBranch({ path, children, flags, positionals, takesRest }: CommandModel): string {
  const words = [...children.map(({ name }) => name), ...flags.flatMap(({ names }) => names)];
  const files = takesRest || positionals.some((one) => one.files !== undefined) ? " files=any" : "";
  return `      ${shellQuote(atOf(path))}) words=${shellQuote(words.join(" "))}${files} ;;`;
}
