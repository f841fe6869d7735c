// How systemd takes a setting apart (systemd.syntax(5), systemd.service(5)), written from its
// manual: the inverse of what our generator does.

const simple: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** Words of a setting: quotes, C escapes and specifiers. */
export function systemdWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === "\\") {
      const next = text[(at += 1)]!;
      if (next === "x") {
        word = (word ?? "") + String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 3), 16));
        at += 2;
      } else if (next in simple) word = (word ?? "") + simple[next];
      else throw new Error(`unknown escape \\${next}`);
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? "") + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (char === " " || char === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== undefined) throw new Error("a quote stays open");
  if (word !== undefined) words.push(word);
  return words.map((found) => specifiers(found));
}

export function specifiers(text: string): string {
  return text.replace(/%(.?)/g, (_match, char: string) => {
    if (char !== "%") throw new Error(`a specifier: %${char}`);
    return "%";
  });
}

/** The command line as the program sees it: variables are replaced in all words but the program. */
export function systemdCommand(text: string): string[] {
  const [program = "", ...words] = systemdWords(text);
  return [
    program,
    ...words.map((word) =>
      word.replace(/\$(\$|\{?[A-Za-z_]?)/g, (match, next: string) => {
        if (next !== "$") throw new Error(`a variable: ${match}`);
        return "$";
      }),
    ),
  ];
}

/** All values of a setting, lines as they stand. */
export function settingsOf(unit: string, name: string): string[] {
  return unit
    .split("\n")
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1));
}
