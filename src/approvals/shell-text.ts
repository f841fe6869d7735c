/** What a shell text says, as far as every POSIX shell understands it in the same way. */

/** A piece of a word: literal text, or something that the shell expands when it runs. */
export type WordPart =
  | { readonly kind: "literal"; readonly text: string }
  /** `$NAME`; `quoted` inside double quotes, where it stays one word. */
  | { readonly kind: "variable"; readonly name: string; readonly quoted: boolean }
  /** `*`, `?` or a leading `~`. */
  | { readonly kind: "pattern"; readonly text: "*" | "?" | "~" };

export interface Word {
  readonly parts: readonly WordPart[];
  /** The exact argument; undefined when the shell would expand it. */
  readonly literal: string | undefined;
}

/** Redirections that open nothing but the null device. */
export type Redirection = "2>&1" | "1>&2" | "1>/dev/null" | "2>/dev/null" | "0</dev/null";

/** `NAME=value` before a command: a variable for that command alone. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
}

export interface SimpleCommand {
  readonly assignments: readonly Assignment[];
  /** At least one; the first is always literal. */
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
}

/** How a command follows the one before it. */
export type Joint = "first" | "|" | "&&" | "||" | ";";

export interface Step {
  readonly joint: Joint;
  readonly command: SimpleCommand;
}

export type ShellText =
  | { readonly ok: true; readonly steps: readonly Step[] }
  /** Not understood, with the reason; nothing may be concluded from the text. */
  | { readonly ok: false; readonly reason: string };

export function literalWord(text: string): Word {
  return { parts: [{ kind: "literal", text }], literal: text };
}
