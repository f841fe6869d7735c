/** Completion for fish. */
import type { CommandModel, FlagModel } from "./command-model.ts";

export function fishCompletion(models: readonly CommandModel[]): string {
  const places = models
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => quoted(placeOf(path)));
  const valued = models.flatMap(({ path, flags }) =>
    flags
      .filter(({ value }) => value !== undefined)
      .flatMap(({ names }) => names.map((name) => quoted(`${placeOf(path)} ${name}`))),
  );
  return `# Completion of clawdbot for fish; made by: clawdbot completion fish

# Whether the words so far lead to this command.
function __clawdbot_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l place
    set -l skip 0
    for word in $words
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$place $word"
            case ${valued.join(" ")}
                set skip 1
            case ${places.join(" ")}
                set place "$place $word"
            case '* --'
                return 1
        end
    end
    test "$place" = "$argv[1]"
end

complete -c clawdbot -f
${models.flatMap(linesOf).join("\n")}
`;
}

function linesOf({ path, children, flags, positionals, takesRest }: CommandModel): string[] {
  const at = `complete -c clawdbot -n ${quoted(`__clawdbot_at ${quoted(placeOf(path))}`)}`;
  const files = takesRest || positionals.some((value) => value.files !== undefined);
  return [
    ...children.map(({ name, summary }) => `${at} -a ${name} -d ${quoted(summary)}`),
    ...flags.map((flag) => `${at} ${flagWords(flag)} -d ${quoted(flag.description)}`),
    ...(files ? [`${at} -F`] : []),
  ];
}

function flagWords({ names, value }: FlagModel): string {
  const spelled = names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  if (value === undefined) return spelled.join(" ");
  const takes =
    value.words.length > 0
      ? `-x -a ${quoted(value.words.join(" "))}`
      : value.files === "directory"
        ? "-x -a '(__fish_complete_directories)'"
        : value.files === "any"
          ? "-r -F"
          : "-x";
  return [...spelled, takes].join(" ");
}

function placeOf(path: readonly string[]): string {
  return path.map((word) => ` ${word}`).join("");
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
