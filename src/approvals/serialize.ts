/** Writes analysed words back as text for `/bin/sh`, so that it can mean nothing else. */
import type { Word, WordPart } from "./shell-text.ts";

/** One argument: literal text in single quotes, expansions as they were. */
export function serializeWord(word: Word): string {
  const text = word.parts.map(serializePart).join("");
  return text === "" ? "''" : text;
}

export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function serializePart(part: WordPart): string {
  switch (part.kind) {
    case "literal":
      // Behind a leading tilde the slash has to stay bare, or the tilde is text.
      return part.text.startsWith("/")
        ? `/${quoteRest(part.text.slice(1))}`
        : quoteLiteral(part.text);
    case "variable":
      return part.quoted ? `"\${${part.name}}"` : `\${${part.name}}`;
    case "pattern":
      return part.text;
  }
}

function quoteRest(text: string): string {
  return text === "" ? "" : quoteLiteral(text);
}
