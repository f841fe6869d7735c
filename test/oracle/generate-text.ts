// Shell texts by chance, from a seed: such as people write, and such as attackers do.

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  oneOf<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error("nothing to choose from");
    return choice;
  }

  many(most: number, make: () => string): string {
    return Array.from({ length: this.below(most + 1) }, make).join("");
  }
}

/** Each code point of a text. */
const characters = (text: string): string[] => Array.from(text);

const plain = [
  ...characters("abcxyzABC0129_.,:/@%+-"),
  "--flag",
  "-n",
  "evil",
  "safe1",
  "日",
  "é",
  "✓",
  "👍",
  "-",
  "--",
];
const inner = ["#", "~", "^", "=", "{}", "@{u}", "=b", "^{}"];
const inSingle = [
  ...characters('abc \t\n"\\$`;&|<>(){}[]*?~#!=^'),
  "$(evil)",
  "; evil",
  "`evil`",
  "\u00a0",
  "日",
  "\u2028",
  "\u200b",
];
const inDouble = [
  "$|",
  "$)",
  "$ ",
  ...characters("abc \t\n';&|<>(){}[]*?~#!=^"),
  '\\"',
  "\\\\",
  "\\$",
  "\\`",
  "\\n",
  "\\a",
  "\\'",
  "\\\n",
  "; evil",
  "\\$(evil)",
  "\u00a0",
  "日",
  "\u2028",
];
const escaped = characters("\"'\\$`;&|<>(){}[]*?~#!=^ abcn\n");
const comments = ["# evil", "#", "# $(evil) 'x", "# \\", "#; evil", '# "', "#`evil`"];
const operators = [
  ";",
  "|",
  "&&",
  "||",
  "\n",
  " ; ",
  " | ",
  " && ",
  " || ",
  "\n\n",
  ";\n",
  "|\n",
  "&&\n",
  " &&\t",
  "||\\\n",
];
const redirections = [
  "2>&1",
  ">/dev/null",
  "2>/dev/null",
  "> /dev/null",
  "2>>/dev/null",
  "</dev/null",
  ">&2",
  "1>&2",
];
const names = [
  "safe1",
  "safe2",
  "safe1",
  "'safe1'",
  "sa\\fe2",
  's"afe"1',
  "saf\\\ne1",
  "echo",
  "true",
  "false",
  ":",
];

/** A text of the language that every shell understands in the same way, more or less. */
export function likelyText(chance: Chance): string {
  const blank = (): string => chance.oneOf([" ", " ", " ", "\t", "  ", " \\\n", "\\\n "]);
  const part = (): string => {
    const kind = chance.below(12);
    if (kind < 5) return chance.many(4, () => chance.oneOf(plain));
    if (kind < 6) return chance.oneOf(inner);
    if (kind < 8) return `'${chance.many(5, () => chance.oneOf(inSingle))}'`;
    if (kind < 10) return `"${chance.many(5, () => chance.oneOf(inDouble))}"`;
    return `\\${chance.oneOf(escaped)}`;
  };
  const command = (): string => {
    const words = chance.many(5, () => {
      const redirected = chance.below(14) === 0;
      return blank() + (redirected ? chance.oneOf(redirections) : part() + chance.many(2, part));
    });
    const comment = chance.below(8) === 0 ? `${blank()}${chance.oneOf(comments)}\n` : "";
    const set =
      chance.below(6) === 0 ? `${chance.oneOf(["A", "_b1", "B2"])}=${chance.many(2, part)}` : "";
    return (set === "" ? "" : set + blank()) + chance.oneOf(names) + words + comment;
  };
  const lead = chance.below(6) === 0 ? chance.oneOf([" ", "\n", "\t", "# evil\n", "\\\n"]) : "";
  const more = chance.many(3, () => chance.oneOf(operators) + command());
  return lead + command() + more + chance.oneOf(["", "", "", ";", "\n", " ", " # evil"]);
}

const hostile = [
  ...characters("\"'\\$`;&|<>(){}[]*?~#!=^%@+-,:\n\r\t \u000b\u000c\u0000\u0007\u001b\u007f"),
  "\u00a0",
  "\u3000",
  "\u2028",
  "\u2029",
  "\ufeff",
  "\u200b",
  "\u202e",
  "\u0085",
  "\ud800",
  "；",
  "｜",
  "＄",
  "evil",
  " evil",
  "; evil",
  "\nevil",
  "&& evil",
  "|| evil",
  "| evil",
  "& evil",
  "|& evil",
  "&> x evil",
  "$(evil)",
  "`evil`",
  "${x:-$(evil)}",
  "${A@P}",
  "$((evil))",
  "$[evil]",
  "<(evil)",
  ">(evil)",
  "=(evil)",
  "=evil",
  "$'",
  '$"',
  "$'\\'",
  "$A",
  "${A}",
  '"$A"',
  '"$?"',
  "$B",
  "$C",
  "$@",
  "$0",
  "$_",
  "$A[",
  "${A}[1]",
  "*",
  "?",
  "*(e:evil:)",
  "<<E\nevil\nE\n",
  "<<'E'",
  "<<<",
  "{ evil; }",
  "( evil )",
  "((evil))",
  "[[ x || evil ]]",
  "! evil",
  "time evil",
  "eval evil",
  "exec evil",
  "command evil",
  ". evil",
  "alias safe1=evil\n",
  "safe1() { evil; }\n",
  "trap evil EXIT;",
  "if true; then evil; fi",
  "for x in a; do evil; done",
  "case x in x) evil;; esac",
  "while evil; do :; done",
  "A=b ",
  "PATH=/x ",
  "env evil",
  "sh -c evil",
  "xargs evil",
  "nice evil",
  "find . -exec evil ;",
  "\\\n",
  "\\\r\n",
  "\\",
  "-evil",
  "- evil",
  "coproc evil",
  "noglob evil",
  "repeat 1 evil",
  "nocorrect evil",
  "select",
  "~evil",
  "~+",
  "{evil,evil}",
];

/** A likely text with hostile things put into it, taken out of it, or doubled. */
export function hostileText(chance: Chance): string {
  let text = likelyText(chance);
  const changes = 1 + chance.below(3);
  for (let change = 0; change < changes; change += 1) {
    const at = chance.below(text.length + 1);
    const kind = chance.below(6);
    const end = Math.min(text.length, at + 1 + chance.below(4));
    const put =
      kind === 0 ? "" : kind === 1 ? text.slice(at, end).repeat(2) : chance.oneOf(hostile);
    text = text.slice(0, at) + put + text.slice(kind < 2 ? end : at);
  }
  return text;
}
