/** Words and texts as the formats of service managers want them. */
import { UserError } from "../../lib/errors.ts";

const controls = /[\u0000-\u001f\u007f]/;
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** One word of a systemd setting that is split into words. Specifiers (`%`) lose their meaning. */
export function systemdWord(word: string): string {
  const escaped = word
    .replaceAll("%", "%%")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replace(/[\u0000-\u001f\u007f]/g, (char) => named[char] ?? hexadecimal(char));
  return `"${escaped}"`;
}

/** The program of a command line, which systemd searches for no variables. */
export function systemdProgram(path: string): string {
  if (controls.test(path) || /["'\\]/.test(path)) {
    throw new UserError(
      `Cannot start ${JSON.stringify(path)} with systemd: it refuses paths of programs with quotes, backslashes or control characters`,
      { hint: "Put the executable at a plain path, for example /usr/local/bin/clawdbot" },
    );
  }
  return systemdWord(path);
}

/** One word of a command line: systemd replaces variables in all of them but the program. */
export function systemdArgument(word: string): string {
  return systemdWord(word.replaceAll("$", "$$$$"));
}

/** A systemd setting that takes the rest of the line as one path. */
export function systemdPath(path: string): string {
  if (controls.test(path) || path.endsWith("\\") || path !== path.trim()) {
    throw inexpressible(path, "a systemd unit");
  }
  return path.replaceAll("%", "%%");
}

function hexadecimal(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text between tags. What XML cannot say at all is refused. */
export function xmlText(text: string): string {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw inexpressible(text, "an XML file");
  }
  return text.replace(/[&<>"'\t\n\r]/g, (char) => entities[char] ?? char);
}

/** One word for a shell, always in quotes: a constant that is never read as anything else. */
export function shellWord(word: string): string {
  if (word.includes("\0")) throw inexpressible(word, "a shell script");
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** One word of a Windows command line, as CommandLineToArgvW and the C runtime take it apart. */
export function windowsArgument(word: string): string {
  if (word !== "" && !/[\s"]/.test(word)) return word;
  const escaped = word.replace(/(\\*)("|$)/g, (_match, slashes: string, quote: string) =>
    quote === '"' ? `${slashes}${slashes}\\"` : `${slashes}${slashes}`,
  );
  return `"${escaped}"`;
}

function inexpressible(text: string, where: string): UserError {
  return new UserError(
    `Cannot write ${JSON.stringify(text)} into ${where}: it has characters that cannot stand there`,
  );
}
