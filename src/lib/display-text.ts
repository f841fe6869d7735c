/** Characters that move the cursor, hide text or reverse its direction when printed. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Makes text from the other side of a connection safe to print on one line of a terminal:
 * control, format and bidirectional characters become visible escapes, and the length is bounded.
 */
export function printable(text: string, maxChars = 500): string {
  const cut = text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
  return cut.replace(invisible, (char) => {
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    return escaped(char);
  });
}

/**
 * Shows every character of a text that somebody decides about, on one line and whole: what is not
 * plain ASCII becomes `\u{…}`, so that no letter passes for another and nothing hides. A text that
 * holds such an escape itself shows its backslash so: two texts never look the same.
 */
export function visibleText(text: string): string {
  return text.replace(/[^ -~]|\\(?=u\{)/gu, escaped);
}

function escaped(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Quotes a word for a POSIX shell; plain words stay as they are. */
export function shellQuote(word: string): string {
  if (/^[A-Za-z0-9_.,:/@%+=-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
