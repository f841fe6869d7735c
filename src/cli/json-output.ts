import type { TextSink } from "../platform/ports.ts";

/** Printed raw, these would move the cursor or turn the text around on a terminal. */
const unprintable = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Writes the one object of `--json`; its shape is stable within a version. */
export function writeJson(out: TextSink, value: Readonly<Record<string, unknown>>): void {
  writeJsonValue(out, { v: 1, ...value });
}

export function writeJsonValue(out: TextSink, value: unknown): void {
  const text = JSON.stringify(value, null, 2);
  out.write(`${text.replace(unprintable, escaped)}\n`);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
