import { ConfigError, codeOf, messageOf } from "../lib/errors.ts";
import { lineAndColumn } from "../lib/position.ts";
import { shellQuote } from "../lib/display-text.ts";

/** What a failed access to a file of the state directory means for the user. */
export function accessError(action: "read" | "write", path: string, cause: unknown): ConfigError {
  const code = codeOf(cause);
  const hints: Readonly<Record<string, string>> = {
    EACCES: `Make it yours: sudo chown -R "$(id -un)" ${shellQuote(path)}`,
    EPERM: `Make it yours: sudo chown -R "$(id -un)" ${shellQuote(path)}`,
    EROFS: "Use another state directory: CLAWDBOT_STATE_DIR=/path/that/is/writable",
    ENOSPC: "The disk is full; free some space and start again",
    ENOTDIR: "A part of the path is a file; move it away, or set CLAWDBOT_STATE_DIR",
    EEXIST: "A file stands where a directory is wanted; move it away, or set CLAWDBOT_STATE_DIR",
  };
  return new ConfigError(`Cannot ${action} "${path}": ${messageOf(cause)}`, {
    hint: code === undefined ? undefined : hints[code],
    cause,
  });
}

/** A file that cannot be parsed: it is kept as it is, and the message says where it breaks. */
export function syntaxError(path: string, text: string, cause: unknown): ConfigError {
  return new ConfigError(
    `Cannot read "${path}": it is not valid JSON${place(text, cause)}; the file was left as it is`,
    {
      hint: `Mend it, or move it away: mv ${shellQuote(path)} ${shellQuote(`${path}.broken`)}`,
      cause,
    },
  );
}

/** A file that parses and does not say what it should. */
export function contentError(path: string, problem: string): ConfigError {
  return new ConfigError(`Cannot use "${path}": ${problem}; the file was left as it is`, {
    hint: `Mend it, or move it away: mv ${shellQuote(path)} ${shellQuote(`${path}.broken`)}`,
  });
}

/** ` at line 3, column 7: …`, as exactly as a second, position-keeping scan can tell. */
function place(text: string, cause: unknown): string {
  if (text.startsWith("\ufeff")) return ": it begins with a byte order mark";
  const offset = brokenAt(text);
  if (offset === undefined) return cause === undefined ? "" : ` (${messageOf(cause)})`;
  const { line, column } = lineAndColumn(text, offset);
  return offset >= text.length
    ? `: it ends too early, at line ${line}, column ${column}`
    : ` at line ${line}, column ${column}`;
}

/** Offset at which JSON text stops being JSON. Bun's own message carries no position. */
function brokenAt(text: string): number | undefined {
  const token =
    /[ \t\n\r]*(?:"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:])/y;
  const open: string[] = [];
  let expects: "value" | "key" | "colon" | "next" | "end" = "value";
  let first = false;
  for (let at = 0; ; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    const start = at + (/^[ \t\n\r]*/.exec(text.slice(at))?.[0].length ?? 0);
    if (match === null) return start === text.length && expects === "end" ? undefined : start;
    const part = match[0].trim();
    const closes = part === "}" || part === "]";
    if (expects === "end") return start;
    if (closes && (expects === "next" || first)) {
      if (open.pop() !== part) return start;
      expects = open.length === 0 ? "end" : "next";
      first = false;
    } else if (expects === "next") {
      if (part !== ",") return start;
      expects = open.at(-1) === "}" ? "key" : "value";
    } else if (expects === "colon") {
      if (part !== ":") return start;
      expects = "value";
    } else if (expects === "key") {
      if (!part.startsWith('"')) return start;
      expects = "colon";
      first = false;
    } else if (part === "{" || part === "[") {
      open.push(part === "{" ? "}" : "]");
      expects = part === "{" ? "key" : "value";
      first = true;
    } else if (closes || part === "," || part === ":") {
      return start;
    } else {
      expects = open.length === 0 ? "end" : "next";
      first = false;
    }
  }
}
