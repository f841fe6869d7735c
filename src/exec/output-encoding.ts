/** How the bytes that a command prints become text. */
import { type Decode, decoderFor } from "./code-pages.ts";

/** `auto`: UTF-8 where the bytes are that, UTF-16 behind its mark, else the fallback. */
export type OutputEncoding =
  | { readonly kind: "utf-8" }
  | { readonly kind: "fixed"; readonly decode: Decode; readonly unit: number }
  | { readonly kind: "auto"; readonly fallback: Decode };

export const utf8Output: OutputEncoding = { kind: "utf-8" };

/** The encoding that a flag names; undefined where it names none. `machine` is what `auto` falls back on. */
export function parseEncoding(name: string, machine: string): OutputEncoding | undefined {
  const text = name.trim().toLowerCase();
  if (text === "utf-8" || text === "utf8") return utf8Output;
  if (text === "auto") {
    const fallback = decoderFor(machine);
    return fallback === undefined ? utf8Output : { kind: "auto", fallback };
  }
  const decode = decoderFor(text);
  if (decode === undefined) return undefined;
  return { kind: "fixed", decode, unit: unitOf(text) };
}

/** What these bytes are in; undefined: UTF-8. */
export function chooseDecoder(
  encoding: OutputEncoding,
  head: Uint8Array,
  tail: Uint8Array,
): { readonly decode: Decode; readonly unit: number } | undefined {
  switch (encoding.kind) {
    case "utf-8":
      return undefined;
    case "fixed":
      return encoding;
    case "auto": {
      const marked = decoderFor("utf-16le");
      if (head[0] === 0xff && head[1] === 0xfe && marked !== undefined) {
        return { decode: marked, unit: 2 };
      }
      return isUtf8(head) && isUtf8(tail) ? undefined : { decode: encoding.fallback, unit: 1 };
    }
  }
}

function unitOf(name: string): number {
  return /^(utf-16(le|be)?|ucs-2|unicode|cp1200|1200)$/.test(name) ? 2 : 1;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
