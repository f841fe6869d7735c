/**
 * Which file of program text a command runs. An operator who approves `python3 deploy.py` approves
 * what stands in the file, so an approval is bound to its content.
 */
import { programName } from "./program-kinds.ts";

export type ScriptUse =
  /** No file: the program does what it is, or its text stands in the arguments themselves. */
  | { readonly kind: "none" }
  /** The file at this place of the arguments. */
  | { readonly kind: "file"; readonly at: number }
  /** An option loads code from elsewhere, or its meaning is not known here. */
  | { readonly kind: "unclear"; readonly option: string };

interface Runner {
  /** Options without a value that load no code. */
  readonly switches: RegExp;
  /** Options that take their value from the next word and load no code. */
  readonly values?: RegExp;
  /** Options whose next or attached value is the program text. */
  readonly inline?: RegExp;
  /** The first operand is a script, whatever text ran before it. */
  readonly scriptBehindText?: boolean;
  /** Options whose next value is the script. */
  readonly file?: RegExp;
  /** Everything behind the program text is data. */
  readonly textEndsOptions?: boolean;
}

const never = /(?!)/;

const runners: readonly (readonly [RegExp, Runner])[] = [
  [
    /^(python|pypy)[0-9.]*$/,
    {
      switches: /^-[bBdEiIOqsSuvx]+$|^--?(version|help|V|h)$/,
      values: /^-[WX]$/,
      inline: /^-[bBdEiIOqsSuvx]*c/,
      textEndsOptions: true,
    },
  ],
  [
    /^(node|nodejs)[0-9.]*$/,
    {
      switches:
        /^--(no-warnings|trace-warnings|enable-source-maps|no-deprecation|version|help|max-old-space-size=\d+)$|^-[vh]$/,
      inline: /^(-e|--eval|-p|--print|-pe)(=|$)/,
    },
  ],
  [
    /^perl[0-9.]*$/,
    {
      switches: /^-[acnpswWtTXl]+$|^-v$|^--version$/,
      inline: /^-[acnpswWtTXl0]*[eE]/,
    },
  ],
  [/^ruby[0-9.]*$/, { switches: /^-[acnplswvd]+$|^--version$/, inline: /^-[acnplswvd]*e/ }],
  [/^php[0-9.]*$/, { switches: /^-[nqv]$|^--version$/, inline: /^-r/, file: /^-f$/ }],
  [/^(lua|luajit)[0-9.]*$/, { switches: /^-[vE]$/, inline: /^-e/, scriptBehindText: true }],
  // Before its script guile is only told which function of it to call.
  [/^guile[0-9.]*$/, { switches: /^--version$|^-s$/, inline: /^-e$/, scriptBehindText: true }],
  [
    /^(rscript|tclsh|groovy|julia|osascript|elixir|tsx)[0-9.]*$/,
    { switches: /^--version$/, inline: /^-e$/ },
  ],
  [/^(ba|da|a|k|mk|z|fi|)sh[0-9.]*$/, { switches: /^-[aefhunvxC]+$|^--version$/ }],
];

/** Programs that take their script from a sub-command or a project file: never understood here. */
const unclearRunners =
  /^(bun|deno|npx|bunx|uvx|pipx|irb|java|jshell|erl|iex|scala|kotlin|xonsh|nu)$/;

/** Their text stands in the arguments, unless an option like these names a file. */
const textPrograms: readonly (readonly [program: RegExp, fileOption: RegExp])[] = [
  [/^g?sed$/, /^-[A-Za-z]*f|^--fi/],
  // gawk also loads code with `-i`, `-l` and `-E`, and takes any beginning of a long name.
  [/^[gmn]?awk$/, /^-[A-Za-z]*[fEil]|^--[feil]/],
];

/**
 * What a program that is called by one of `names` does with its arguments. An argument that is only
 * known when the command runs is undefined.
 */
export function scriptUse(
  names: readonly string[],
  args: readonly (string | undefined)[],
): ScriptUse {
  const called = names.map(programName).flatMap((name) => [name, familyOf(name)]);
  const fileOption = textPrograms.find(([name]) => called.some((one) => name.test(one)))?.[1];
  if (fileOption !== undefined) return fileOptionUse(fileOption, args);
  const runner = runners.find(([name]) => called.some((one) => name.test(one)))?.[1];
  if (runner !== undefined) return useOf(runner, args);
  return called.some((name) => unclearRunners.test(name))
    ? { kind: "unclear", option: args[0] ?? "" }
    : { kind: "none" };
}

/** `perl5.36-x86_64-linux-gnu`, `python3-dbg` and `php-cli` are what their names begin with. */
function familyOf(name: string): string {
  return /^([a-z]+)[0-9.]*([-.].*)?$/.exec(name)?.[1] ?? name;
}

const unknownWord = "a word that is only known when it runs";

function useOf(runner: Runner, args: readonly (string | undefined)[]): ScriptUse {
  let hasText = false;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    if (word === undefined) return { kind: "unclear", option: unknownWord };
    // A lone dash, and nothing at all, read standard input, which is empty.
    if (word === "-") return { kind: "none" };
    if (word === "--" || !word.startsWith("-")) {
      const operand = word === "--" ? at + 1 : at;
      // A shell would take it for options, and the word behind it for the script.
      const first = args[operand];
      if (first?.startsWith("+") === true) return { kind: "unclear", option: first };
      const isData = hasText && runner.scriptBehindText !== true;
      return isData || operand >= args.length ? { kind: "none" } : fileAt(operand, args);
    }
    const [inline] = (runner.inline ?? never).exec(word) ?? [];
    if (inline !== undefined) {
      if (runner.textEndsOptions === true) return { kind: "none" };
      hasText = true;
      if (inline !== word || word.includes("=")) continue;
      at += 1;
      // Node takes no option for the text, so that a script may follow.
      if (args[at]?.startsWith("-") === true) return { kind: "unclear", option: word };
    } else if ((runner.file ?? never).test(word)) {
      return fileAt(at + 1, args);
    } else if ((runner.values ?? never).test(word)) {
      at += 1;
    } else if (!runner.switches.test(word)) {
      return { kind: "unclear", option: word };
    }
  }
  return { kind: "none" };
}

function fileAt(at: number, args: readonly (string | undefined)[]): ScriptUse {
  return args[at] === undefined ? { kind: "unclear", option: unknownWord } : { kind: "file", at };
}

function fileOptionUse(option: RegExp, args: readonly (string | undefined)[]): ScriptUse {
  const [only, second] = args.flatMap((word, at) =>
    word === undefined || option.test(word) ? [{ word, at }] : [],
  );
  if (only === undefined) return { kind: "none" };
  const plain = only.word === "-f" || only.word === "--file";
  if (plain && second === undefined) return fileAt(only.at + 1, args);
  return { kind: "unclear", option: (second ?? only).word ?? unknownWord };
}
