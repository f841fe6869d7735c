/**
 * Programs that start the command in their own arguments and change nothing about it that matters:
 * they are seen through, so that the command behind them is judged. Anything inexact is refused.
 */

/** Where the inner command begins; undefined: these arguments are not seen through. */
type FindInner = (words: readonly string[]) => number | undefined;

interface Options {
  /** Options without a value. */
  readonly switches: readonly string[];
  /** Options with a value, in the next word or attached. */
  readonly values: readonly string[];
  /** Words between the options and the inner command. */
  readonly operands?: number;
  /** What those words must look like. */
  readonly operand?: RegExp;
  /** What values must look like. */
  readonly value?: RegExp;
}

const duration = /^\d+(\.\d+)?[smhd]?$/;
const plainValue = /^[A-Za-z0-9_.+-]+$/;

const wrappers: ReadonlyMap<string, FindInner> = new Map([
  // With options or assignments it changes the environment, and with it what runs.
  ["env", behind({ switches: [], values: [] })],
  ["nice", niceInner],
  ["nohup", behind({ switches: [], values: [] })],
  [
    "timeout",
    behind({
      switches: ["--foreground", "--preserve-status", "-v", "--verbose"],
      values: ["-k", "--kill-after", "-s", "--signal"],
      operands: 1,
      operand: duration,
    }),
  ],
  [
    "stdbuf",
    behind({ switches: [], values: ["-i", "-o", "-e", "--input", "--output", "--error"] }),
  ],
  ["setsid", behind({ switches: ["-w", "--wait", "-f", "--fork", "-c", "--ctty"], values: [] })],
  [
    "ionice",
    behind({ switches: ["-t", "--ignore"], values: ["-c", "--class", "-n", "--classdata"] }),
  ],
  [
    "xargs",
    // Only what every xargs knows, and nothing that puts its input elsewhere than at the end.
    behind({
      switches: ["-0", "--null", "-r", "--no-run-if-empty", "-t"],
      values: ["-n", "-P", "-L"],
      value: /^\d+$/,
    }),
  ],
]);

/** Wrappers that add arguments nobody knows yet to the command that they start. */
export function addsArguments(name: string): boolean {
  return name === "xargs";
}

/** Index of the command that a wrapper starts; undefined when it is none or not seen through. */
export function innerCommand(name: string, words: readonly string[]): number | undefined {
  const at = wrappers.get(name)?.(words);
  return at !== undefined && at < words.length ? at : undefined;
}

function behind(options: Options): FindInner {
  const { switches, values, operands = 0, operand, value = plainValue } = options;
  return (words) => {
    let at = 1;
    for (; at < words.length; at += 1) {
      const word = words[at] ?? "";
      if (!word.startsWith("-")) break;
      if (switches.includes(word)) continue;
      if (values.includes(word)) {
        at += 1;
        if (!value.test(words[at] ?? "")) return undefined;
        continue;
      }
      if (!attached(word, values, value)) return undefined;
    }
    for (let index = 0; index < operands; index += 1, at += 1) {
      if (operand?.test(words[at] ?? "") !== true) return undefined;
    }
    // An assignment or an option in this place would not be the command.
    return /^-|=/.test(words[at] ?? "-") ? undefined : at;
  };
}

/** `-oL` and `--output=L`. */
function attached(word: string, values: readonly string[], value: RegExp): boolean {
  return values.some((option) => {
    const prefix = option.startsWith("--") ? `${option}=` : option;
    return word.startsWith(prefix) && value.test(word.slice(prefix.length));
  });
}

function niceInner(words: readonly string[]): number | undefined {
  const [, first = ""] = words;
  if (/^-\d+$/.test(first)) return words[2]?.startsWith("-") === false ? 2 : undefined;
  return behind({ switches: [], values: ["-n", "--adjustment"] })(words);
}
