/** Output of a command, kept at its beginning and its end. */
export interface CapturedText {
  readonly head: string;
  /** Empty when nothing is missing: all text is in `head` then. */
  readonly tail: string;
  /** Bytes of output between head and tail that were not kept. */
  readonly missingBytes: number;
}

export const emptyText: CapturedText = { head: "", tail: "", missingBytes: 0 };

/** Begins as gateways and agents know it from the reference. */
function marker(missingBytes: number): string {
  return `\n... (truncated, ${missingBytes} bytes missing here)\n`;
}

/** The text with a visible marker of how much is missing. */
export function render({ head, tail, missingBytes }: CapturedText): string {
  return missingBytes === 0 ? head + tail : head + marker(missingBytes) + tail;
}

/** Keeps about `chars` UTF-16 units, half of them at each end; never splits a code point. */
export function shorten(text: CapturedText, chars: number): CapturedText {
  const { head, tail } = text.missingBytes === 0 ? halves(text.head + text.tail) : text;
  if (head.length + tail.length <= chars) return text;
  const keepHead = Math.min(head.length, Math.max(Math.ceil(chars / 2), chars - tail.length));
  const keepTail = Math.min(tail.length, chars - keepHead);
  const newHead = head.slice(0, boundaryBefore(head, keepHead));
  const newTail = tail.slice(boundaryAfter(tail, tail.length - keepTail));
  const dropped = utf8Length(head) + utf8Length(tail) - utf8Length(newHead) - utf8Length(newTail);
  return { head: newHead, tail: newTail, missingBytes: text.missingBytes + dropped };
}

function halves(text: string): { head: string; tail: string } {
  const middle = boundaryBefore(text, Math.ceil(text.length / 2));
  return { head: text.slice(0, middle), tail: text.slice(middle) };
}

/** The offset itself, or one less where it would split a surrogate pair. */
function boundaryBefore(text: string, offset: number): number {
  return splitsPair(text, offset) ? offset - 1 : offset;
}

function boundaryAfter(text: string, offset: number): number {
  return splitsPair(text, offset) ? offset + 1 : offset;
}

function splitsPair(text: string, offset: number): boolean {
  const before = text.charCodeAt(offset - 1);
  const after = text.charCodeAt(offset);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
