/**
 * Reads shell text, and understands only the language on which dash, bash, busybox ash, mksh and
 * zsh agree. Everything else is refused with a reason: a text that is misread is worse than one
 * that is not read. Time is linear in the length of the text.
 */
import { reservedWords } from "./shell-words.ts";
import type {
  Assignment,
  Joint,
  Redirection,
  ShellText,
  Step,
  Word,
  WordPart,
} from "./shell-text.ts";

/** Longer texts are not written by hand, and not read. */
export const longestShellText = 16_384;

/** Each one is looked up and judged, so their number bounds the time of a decision. */
export const mostCommands = 128;

/** Each one is judged by its name. */
const mostAssignments = 64;

class NotUnderstood extends Error {}

export function readShellText(text: string): ShellText {
  if (text.length > longestShellText) {
    return { ok: false, reason: `it is longer than ${longestShellText} characters` };
  }
  try {
    return { ok: true, steps: new Lexer(text).steps() };
  } catch (error) {
    if (error instanceof NotUnderstood) return { ok: false, reason: error.message };
    throw error;
  }
}

/** Unquoted characters that are a part of a word in every shell. */
const plainAscii = /[A-Za-z0-9_.,:/@%+-]/;
/** Letters, digits and symbols beyond ASCII; no spaces, no format or control characters. */
const plainOther = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
const variableName = /\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/y;
const assignment = /([A-Za-z_][A-Za-z0-9_]*)=/y;
const redirection =
  /(?:(2>&1)|(1?>&2)|(1?>>?[ \t]*\/dev\/null)|(2>>?[ \t]*\/dev\/null)|(0?<[ \t]*\/dev\/null))(?=[ \t\n;|&]|$)/y;
const redirections: readonly Redirection[] = [
  "2>&1",
  "1>&2",
  "1>/dev/null",
  "2>/dev/null",
  "0</dev/null",
];

class Lexer {
  readonly #text: string;
  #at = 0;
  #assigned = 0;

  constructor(text: string) {
    this.#text = text;
  }

  steps(): Step[] {
    const steps: Step[] = [];
    let joint: Joint = "first";
    for (;;) {
      // Lines may be empty, and a line may end behind an operator that wants more.
      this.#skipBlank(joint !== ";" || steps.length > 0 || this.#at === 0);
      if (this.#at >= this.#text.length) {
        if (joint !== "first" && joint !== ";") this.#fail(`it ends behind "${joint}"`);
        if (steps.length === 0) this.#fail("it is empty");
        return steps;
      }
      if (steps.length === mostCommands) this.#fail(`it has more than ${mostCommands} commands`);
      steps.push({ joint, command: this.#command() });
      joint = this.#joint();
    }
  }

  /** Reads the operator behind a command. */
  #joint(): Joint {
    const two = this.#text.slice(this.#at, this.#at + 2);
    if (two === "&&" || two === "||") {
      this.#at += 2;
      return two;
    }
    if (two === "|&") this.#fail('"|&" means different things in different shells');
    const one = this.#text[this.#at] ?? "";
    if (one === "|") {
      this.#at += 1;
      return "|";
    }
    if (two === ";;") this.#fail('";;" stands outside of a case');
    if (one === ";" || one === "\n") {
      this.#at += 1;
      return ";";
    }
    if (one === "") return ";";
    return this.#unexpected(one);
  }

  /** Skips blanks, comments and continued lines, and line ends where they mean nothing. */
  #skipBlank(lines: boolean): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === " " || char === "\t" || (lines && char === "\n")) this.#at += 1;
      else if (char === "\\" && this.#text[this.#at + 1] === "\n") this.#at += 2;
      else if (char === "#") this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    const comment = this.#text.slice(this.#at, end < 0 ? undefined : end);
    // A shell that stops reading a line at such a character would go on inside the comment.
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(comment.replaceAll("\t", ""))) {
      this.#fail("a comment holds control characters");
    }
    this.#at = end < 0 ? this.#text.length : end;
  }

  #command(): Step["command"] {
    const assignments = this.#assignments();
    const words: Word[] = [];
    const found: Redirection[] = [];
    for (;;) {
      this.#skipBlank(false);
      const redirected = this.#redirection();
      if (redirected !== undefined) {
        if (words.length === 0) this.#fail("a redirection stands before the command");
        found.push(redirected);
        continue;
      }
      const word = this.#word(words.length === 0);
      if (word === undefined) break;
      words.push(word);
    }
    const [first] = words;
    if (first === undefined && assignments.length > 0)
      this.#fail("it sets a variable for all that follows");
    if (first === undefined) return this.#unexpected(this.#text[this.#at] ?? "the end");
    if (first.literal === undefined) this.#fail("the program's name is only known when it runs");
    if (first.literal === "") this.#fail("the program's name is empty");
    if (reservedWords.has(first.literal))
      this.#fail(`"${first.literal}" is a word of the shell itself`);
    return { assignments, words, redirections: found };
  }

  #assignments(): Assignment[] {
    const found: Assignment[] = [];
    for (;;) {
      this.#skipBlank(false);
      assignment.lastIndex = this.#at;
      const name = assignment.exec(this.#text)?.[1];
      if (name === undefined) return found;
      this.#assigned += 1;
      if (this.#assigned > mostAssignments)
        this.#fail(`it sets more than ${mostAssignments} variables`);
      this.#at = assignment.lastIndex;
      const value = this.#word(false);
      if (value !== undefined && value.literal === undefined)
        this.#fail("the value of a variable is only known when it runs");
      found.push({ name, value: value?.literal ?? "" });
    }
  }

  #redirection(): Redirection | undefined {
    redirection.lastIndex = this.#at;
    const match = redirection.exec(this.#text);
    if (match === null) return undefined;
    this.#at = redirection.lastIndex;
    const groups: readonly (string | undefined)[] = match.slice(1);
    return redirections[groups.findIndex((group) => group !== undefined)];
  }

  /** One word, or undefined where none begins. */
  #word(first: boolean): Word | undefined {
    const parts: WordPart[] = [];
    const start = this.#at;
    let literal = "";
    let quoted = false;
    const flush = (): void => {
      // Empty quotes are kept: with them the word is there even when a variable is empty.
      if (literal !== "" || quoted) parts.push({ kind: "literal", text: literal });
      literal = "";
      quoted = false;
    };
    const expand = (part: WordPart): void => {
      if (part.kind === "variable" && part.quoted) quoted = false;
      flush();
      parts.push(part);
    };
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || /[ \t\n;|&]/.test(char)) break;
      quoted ||= char === "'" || char === '"';
      if (char === "'") literal += this.#singleQuoted();
      else if (char === '"') {
        for (const part of this.#doubleQuoted()) {
          if (part.kind === "literal") literal += part.text;
          else expand(part);
        }
      } else if (char === "\\") literal += this.#escaped();
      else if (char === "$") expand(this.#variable(false));
      else if (char === "*" || char === "?") {
        this.#at += 1;
        expand({ kind: "pattern", text: char });
      } else if (char === "~" && this.#at === start) {
        if (!/[/ \t\n;|&]/.test(this.#text[this.#at + 1] ?? " "))
          this.#fail('"~" names another user');
        this.#at += 1;
        expand({ kind: "pattern", text: "~" });
      } else literal += this.#plain(char, first, literal !== "" || parts.length > 0);
    }
    if (this.#at === start) return undefined;
    flush();
    const text = parts.map((part) => (part.kind === "literal" ? part.text : "")).join("");
    const dynamic = parts.some((part) => part.kind !== "literal");
    return { parts, literal: dynamic ? undefined : text };
  }

  /** An unquoted character that stands for itself. */
  #plain(char: string, first: boolean, begun: boolean): string {
    const point = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    const take = (): string => {
      this.#at += point.length;
      return point;
    };
    if (plainAscii.test(char)) return take();
    if (char === "=") {
      if (first) this.#fail("it sets a variable for the command");
      // Empty quotes before it do not hide it from zsh.
      if (!begun) this.#fail('a word begins with "="');
      return take();
    }
    // In the middle of an argument these are text everywhere: HEAD~1, HEAD^, @{u}, a#b.
    if (!first && begun && char === "#") return take();
    if (!first && begun && char === "~" && !/[=:]/.test(this.#before())) {
      return take();
    }
    if (!first && begun && char === "^") return take();
    // Alone and behind a program it is an operand: find . ! -name x.
    if (
      char === "!" &&
      !first &&
      !begun &&
      /^![ \t]/.test(this.#text.slice(this.#at, this.#at + 2))
    ) {
      return take();
    }
    // Without a comma or dots there is nothing to expand: {}, stash@{0}.
    if (!first && char === "{") {
      const braces = /^\{[A-Za-z0-9_]*\}/.exec(this.#text.slice(this.#at, this.#at + 64))?.[0];
      if (braces !== undefined) {
        this.#at += braces.length;
        return braces;
      }
    }
    if (char > "\u007f" && plainOther.test(point)) return take();
    return this.#unexpected(point);
  }

  /** The character before this one, continued lines left out. */
  #before(): string {
    let at = this.#at - 1;
    while (this.#text[at] === "\n" && this.#text[at - 1] === "\\") at -= 2;
    return this.#text[at] ?? "";
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) this.#fail("a single quote is not closed");
    const text = this.#text.slice(this.#at + 1, end);
    this.#checkQuoted(text);
    this.#at = end + 1;
    return text;
  }

  #doubleQuoted(): WordPart[] {
    const parts: WordPart[] = [];
    let literal = "";
    this.#at += 1;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) return this.#fail("a double quote is not closed");
      if (char === '"') break;
      if (char === "`") return this.#fail("a backtick runs another command");
      if (char === "\\") {
        const next = this.#text[this.#at + 1] ?? "";
        // Before any other character a backslash is text.
        if (!/[\n\u0020-\u007e]/.test(next))
          return this.#fail("a backslash stands before an unusual character");
        if (/["\\$`]/.test(next)) literal += next;
        else if (next !== "\n") literal += char + next;
        this.#at += 2;
      } else if (char === "$" && /["|) ]/.test(this.#text[this.#at + 1] ?? "")) {
        // A dollar that ends a regular expression is text everywhere.
        literal += char;
        this.#at += 1;
      } else if (char === "$") {
        if (literal !== "") parts.push({ kind: "literal", text: literal });
        literal = "";
        parts.push(this.#variable(true));
      } else {
        literal += char;
        this.#at += 1;
      }
    }
    this.#at += 1;
    this.#checkQuoted(literal);
    // Quotes make a word even when nothing is in them.
    if (literal !== "" || parts.length === 0) parts.push({ kind: "literal", text: literal });
    return parts;
  }

  #variable(quoted: boolean): WordPart {
    // The exit code of the command before: digits, in every shell.
    if (quoted && /^\$\?[^[]/.test(this.#text.slice(this.#at, this.#at + 3))) {
      this.#at += 2;
      return { kind: "variable", name: "?", quoted };
    }
    variableName.lastIndex = this.#at;
    const match = variableName.exec(this.#text);
    const name = match?.[1] ?? match?.[2];
    if (name === undefined)
      return this.#fail(describeDollar(this.#text.slice(this.#at, this.#at + 3)));
    this.#at = variableName.lastIndex;
    if (this.#text[this.#at] === "[") return this.#fail("a variable is followed by a subscript");
    return { kind: "variable", name, quoted };
  }

  #escaped(): string {
    const next = this.#text[this.#at + 1];
    if (next === undefined) return this.#fail("it ends with a backslash");
    if (next === "\n") {
      this.#at += 2;
      return "";
    }
    if (!/[\u0021-\u007e ]/.test(next))
      return this.#fail("a backslash stands before an unusual character");
    this.#at += 2;
    return next;
  }

  #checkQuoted(text: string): void {
    if (/[\u0000-\u0008\u000b-\u001f\u007f]|\p{Cs}/u.test(text))
      this.#fail("quoted text holds control characters");
  }

  #unexpected(char: string): never {
    const meaning: Readonly<Record<string, string>> = {
      "&": 'a single "&" runs it in the background',
      ">": "it writes to a file",
      "<": "it reads from a file",
      "(": "parentheses run it in another shell",
      ")": "a parenthesis is closed that was not opened",
      "`": "a backtick runs another command",
      "{": "braces group or expand",
      "}": "braces group or expand",
      "[": "brackets match file names",
      "]": "brackets match file names",
      "!": '"!" negates or recalls',
    };
    const shown = /[\p{Cc}\p{Cf}\p{Z}\p{Cs}]/u.test(char) && char.length <= 2;
    const name = shown
      ? `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
      : `"${char}"`;
    return this.#fail(meaning[char] ?? `${name} is not expected here`);
  }

  #fail(reason: string): never {
    throw new NotUnderstood(reason);
  }
}

function describeDollar(start: string): string {
  if (start.startsWith("$((")) return "an arithmetic expansion can run commands";
  if (start.startsWith("$(")) return "a command substitution runs another command";
  if (start.startsWith("${")) return "a parameter expansion does more than name a variable";
  return `"${start.slice(0, 2)}" is expanded by the shell`;
}
