import { printable } from "../lib/display-text.ts";

/** Enough of an id to tell it apart and to type it; ids that are no long hex stay whole. */
export function shortId(id: string): string {
  return /^[0-9a-f]{32,}$/.test(id) ? id.slice(0, 12) : printable(id, 40);
}
