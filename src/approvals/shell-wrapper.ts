/** The argument vectors that callers build around a shell text. */

const posixShells = new Set(["/bin/sh", "sh", "/bin/bash", "/usr/bin/bash", "bash", "/usr/bin/sh"]);

export interface WrappedText {
  readonly shell: "posix" | "cmd";
  readonly text: string;
}

/** The shell text of a known wrapper of exactly one text; undefined for anything else. */
export function wrappedText(argv: readonly string[]): WrappedText | undefined {
  const [shell = "", ...rest] = argv;
  if (posixShells.has(shell)) {
    const [flags, text] = rest;
    const known = rest.length === 2 && (flags === "-c" || flags === "-lc");
    return known && text !== undefined ? { shell: "posix", text } : undefined;
  }
  if (!/^cmd(\.exe)?$/i.test(shell)) return undefined;
  const [d, s, c, text] = rest.map((word, index) => (index < 3 ? word.toLowerCase() : word));
  const known = rest.length === 4 && d === "/d" && s === "/s" && c === "/c";
  return known && text !== undefined ? { shell: "cmd", text } : undefined;
}

/** Command text as Clawdbot writes it: blanks around a word are not shown. */
export function displayText(argv: readonly string[]): string {
  return wordsText(argv.map((word) => word.trim()));
}

/** Command text as OpenClaw writes it: words with blanks or quotes stand in double quotes. */
export function wordsText(argv: readonly string[]): string {
  return argv
    .map((word) => {
      if (word === "") return '""';
      return /[\s"]/.test(word) ? `"${word.replaceAll('"', '\\"')}"` : word;
    })
    .join(" ");
}
