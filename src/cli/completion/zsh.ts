/** Completion for zsh: one function a command, in the terms of `_arguments`. */
import type { CommandModel, FlagModel, ValueModel } from "./command-model.ts";

export function zshCompletion(models: readonly CommandModel[]): string {
  return `#compdef clawdbot
# Completion of clawdbot for zsh; made by: clawdbot completion zsh

${models.map(functionOf).join("\n")}
if [[ $funcstack[1] == _clawdbot ]]; then
  _clawdbot "$@"
else
  compdef _clawdbot clawdbot
fi
`;
}

function functionOf(model: CommandModel): string {
  const { path, flags } = model;
  const options = flags.flatMap(optionSpecs);
  const body = path.length === 0 || model.children.length > 0 ? groupBody : commandBody;
  return `${nameOf(path)}() {\n${body(model, options)}}\n`;
}

function groupBody({ path, children }: CommandModel, options: readonly string[]): string {
  const rows = children.map(
    ({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(":", "\\:")}`)}\n`,
  );
  const branches = children.map(({ name }) => `        ${name}) ${nameOf([...path, name])} ;;\n`);
  return `  local curcontext=$curcontext context state state_descr
  local -a line commands
  typeset -A opt_args
  commands=(
${rows.join("")}  )
  _arguments -C \\
${options.map((spec) => `    ${spec} \\\n`).join("")}    '1: :->command' \\
    '*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $line[1] in
${branches.join("")}      esac ;;
  esac
`;
}

function commandBody({ positionals, takesRest }: CommandModel, options: readonly string[]): string {
  const places = positionals.map((value, index) => quoted(`${index + 1}:${actionOf(value)}`));
  const rest = takesRest ? ["'*: :_files'"] : [];
  const specs = [...options, ...places, ...rest];
  return `  typeset -A opt_args\n  _arguments \\\n${specs.map((spec) => `    ${spec}`).join(" \\\n")}\n`;
}

function optionSpecs({ names, description, value, repeatable }: FlagModel): string[] {
  const others = repeatable ? "*" : `(${names.join(" ")})`;
  const explained = `[${description.replaceAll(/[[\]\\:]/g, "\\$&")}]`;
  return names.map((name) => {
    // `--flag value` and `--flag=value` both.
    const takes = value === undefined ? "" : name.startsWith("--") ? "=" : "";
    const action = value === undefined ? "" : `:${actionOf(value)}`;
    return quoted(`${others}${name}${takes}${explained}${action}`);
  });
}

function actionOf({ hint, words, files }: ValueModel): string {
  const message = hint.replaceAll(/[\\:]/g, "\\$&");
  if (words.length > 0) return `${message}:(${words.join(" ")})`;
  if (files === "directory") return `${message}:_files -/`;
  return files === "any" ? `${message}:_files` : `${message}: `;
}

function nameOf(path: readonly string[]): string {
  return ["_clawdbot", ...path].join("__").replaceAll("-", "_");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
