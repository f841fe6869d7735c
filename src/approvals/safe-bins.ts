/**
 * Filters that may run without an entry, as long as they only read standard input: no file
 * operands, no option that opens a file, runs a program or shows the environment.
 */

interface SafeBin {
  /** Short options without a value. */
  readonly switches: string;
  /** Short options with a value. */
  readonly values: string;
  /** Exact long options; those ending in `=` take a value. GNU's abbreviations are not accepted. */
  readonly long: readonly string[];
  /** How many operands that are no files may stand there. */
  readonly operands: readonly [least: number, most: number];
  /** `-5` as GNU's old spelling of a count; `+5` is the name of a file in most places. */
  readonly oldCount?: boolean;
  /** Options that take the place of the first operand. */
  readonly givesOperand?: readonly string[];
  /** Every operand and every value has to pass. */
  readonly accepts?: (text: string) => boolean;
}

const safeBins: ReadonlyMap<string, SafeBin> = new Map<string, SafeBin>([
  [
    "cut",
    {
      switches: "nsz",
      values: "bcdf",
      long: [
        "--bytes=",
        "--characters=",
        "--delimiter=",
        "--fields=",
        "--complement",
        "--only-delimited",
        "--output-delimiter=",
        "--zero-terminated",
      ],
      operands: [0, 0],
    },
  ],
  [
    "uniq",
    {
      switches: "cdDiuz",
      values: "fsw",
      long: [
        "--count",
        "--repeated",
        "--all-repeated",
        "--all-repeated=",
        "--skip-fields=",
        "--ignore-case",
        "--skip-chars=",
        "--unique",
        "--zero-terminated",
        "--check-chars=",
      ],
      operands: [0, 0],
    },
  ],
  [
    "head",
    {
      switches: "qvz",
      values: "nc",
      long: ["--lines=", "--bytes=", "--quiet", "--silent", "--verbose", "--zero-terminated"],
      operands: [0, 0],
      oldCount: true,
    },
  ],
  [
    "tail",
    {
      switches: "qvz",
      values: "nc",
      long: ["--lines=", "--bytes=", "--quiet", "--silent", "--verbose", "--zero-terminated"],
      operands: [0, 0],
      oldCount: true,
    },
  ],
  [
    "tr",
    {
      switches: "cCdst",
      values: "",
      long: ["--complement", "--delete", "--squeeze-repeats", "--truncate-set1"],
      operands: [1, 2],
    },
  ],
  [
    "wc",
    {
      switches: "cmlLw",
      values: "",
      long: ["--bytes", "--chars", "--lines", "--max-line-length", "--words"],
      operands: [0, 0],
    },
  ],
  [
    "grep",
    {
      switches: "EFGPivcnoqswxhzaby",
      values: "eABCm",
      long: [
        "--extended-regexp",
        "--fixed-strings",
        "--basic-regexp",
        "--perl-regexp",
        "--ignore-case",
        "--no-ignore-case",
        "--invert-match",
        "--count",
        "--line-number",
        "--only-matching",
        "--quiet",
        "--silent",
        "--no-messages",
        "--word-regexp",
        "--line-regexp",
        "--no-filename",
        "--null-data",
        "--text",
        "--byte-offset",
        "--regexp=",
        "--after-context=",
        "--before-context=",
        "--context=",
        "--max-count=",
        "--color",
        "--color=",
        "--colour=",
        "--line-buffered",
      ],
      operands: [1, 1],
      givesOperand: ["-e", "--regexp="],
    },
  ],
  [
    "sort",
    {
      switches: "bdfgiMhnRrVuzsCc",
      values: "kt",
      long: [
        "--ignore-leading-blanks",
        "--dictionary-order",
        "--ignore-case",
        "--general-numeric-sort",
        "--ignore-nonprinting",
        "--month-sort",
        "--human-numeric-sort",
        "--numeric-sort",
        "--random-sort",
        "--reverse",
        "--version-sort",
        "--unique",
        "--zero-terminated",
        "--stable",
        "--check",
        "--key=",
        "--field-separator=",
      ],
      operands: [0, 0],
    },
  ],
  [
    "jq",
    {
      switches: "rcesSjaMCn",
      values: "",
      long: [
        "--raw-output",
        "--compact-output",
        "--exit-status",
        "--slurp",
        "--sort-keys",
        "--join-output",
        "--ascii-output",
        "--monochrome-output",
        "--color-output",
        "--null-input",
        "--raw-input",
        "--tab",
        "--unbuffered",
      ],
      operands: [1, 1],
      // A filter can read the environment, name files and load modules.
      accepts: (text) =>
        !/env|import|include|input_filename|modulemeta|get_search_list|\$__|input/i.test(text),
    },
  ],
]);

/** Where these programs are the system's own. */
const trustedDirectories = new Set(["/bin", "/usr/bin"]);

export interface SafeBinCall {
  readonly path: string;
  readonly realPath: string;
  /** Literal words behind the name. */
  readonly args: readonly string[];
}

export function isSafeBin({ path, realPath, args }: SafeBinCall): boolean {
  if (![path, realPath].every((one) => trustedDirectories.has(directoryOf(one)))) return false;
  const rule = safeBins.get(path.slice(path.lastIndexOf("/") + 1));
  return rule !== undefined && onlyReadsInput(rule, args);
}

function onlyReadsInput(rule: SafeBin, args: readonly string[]): boolean {
  const operands: string[] = [];
  let given = 0;
  let optionsEnded = false;
  const ok = rule.accepts ?? (() => true);
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (optionsEnded || word === "-" || !word.startsWith("-")) {
      operands.push(word);
      // Whether an option still counts behind an operand depends on POSIXLY_CORRECT.
    } else if (operands.length > 0) return false;
    else if (word === "--") optionsEnded = true;
    else if (word.startsWith("--")) {
      const spelled = word.includes("=") ? word.slice(0, word.indexOf("=") + 1) : word;
      if (!rule.long.includes(spelled) || !ok(word)) return false;
      if (rule.givesOperand?.includes(spelled) === true) given += 1;
    } else if (!(rule.oldCount === true && /^-\d+$/.test(word))) {
      const used = shortOptions(rule, word, args[at + 1]);
      if (used === undefined || (used.value !== undefined && !ok(used.value))) return false;
      if (used.takesNext) at += 1;
      if (used.option !== undefined && rule.givesOperand?.includes(`-${used.option}`) === true)
        given += 1;
    }
  }
  const [least, most] = rule.operands;
  const count = operands.length + Math.min(given, 1);
  return count >= least && count <= most && operands.every(ok);
}

interface ShortOptions {
  readonly option: string | undefined;
  readonly value: string | undefined;
  readonly takesNext: boolean;
}

/** Reads `-rn`, `-k2` and `-k 2`; undefined when a letter is not accepted. */
function shortOptions(
  rule: SafeBin,
  word: string,
  next: string | undefined,
): ShortOptions | undefined {
  for (let index = 1; index < word.length; index += 1) {
    const letter = word[index] ?? "";
    if (rule.switches.includes(letter)) continue;
    if (!rule.values.includes(letter)) return undefined;
    const attached = word.slice(index + 1);
    if (attached !== "") return { option: letter, value: attached, takesNext: false };
    return next === undefined ? undefined : { option: letter, value: next, takesNext: true };
  }
  return { option: undefined, value: undefined, takesNext: false };
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
