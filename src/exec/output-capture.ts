import { type CapturedText, emptyText } from "./captured-text.ts";
import { type OutputEncoding, chooseDecoder, utf8Output } from "./output-encoding.ts";

/** Bytes kept of each end of each stream. */
export const keptBytes = 100_000;

/** Collects a stream in bounded memory: its first and its last bytes. */
export class OutputCapture {
  readonly #limit: number;
  readonly #head: Uint8Array[] = [];
  #headBytes = 0;
  /** The newest bytes, as a ring that is made when the head is full. */
  #ring: Uint8Array | undefined;
  /** Offset in the ring of the next byte to come. */
  #next = 0;
  #tailBytes = 0;
  #totalBytes = 0;

  constructor(limit = keptBytes) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
    this.#totalBytes += chunk.length;
    const room = this.#limit - this.#headBytes;
    const first = chunk.subarray(0, room);
    if (first.length > 0) {
      this.#head.push(first.slice());
      this.#headBytes += first.length;
    }
    const rest = chunk.subarray(first.length);
    if (rest.length > 0) this.#pushTail(rest);
  }

  #pushTail(chunk: Uint8Array): void {
    const ring = (this.#ring ??= new Uint8Array(this.#limit));
    const kept = chunk.subarray(Math.max(0, chunk.length - this.#limit));
    const toEnd = kept.subarray(0, this.#limit - this.#next);
    ring.set(toEnd, this.#next);
    ring.set(kept.subarray(toEnd.length));
    this.#next = (this.#next + kept.length) % this.#limit;
    this.#tailBytes = Math.min(this.#limit, this.#tailBytes + kept.length);
  }

  #tail(): Uint8Array {
    if (this.#ring === undefined) return new Uint8Array();
    if (this.#tailBytes < this.#limit) return this.#ring.subarray(0, this.#tailBytes);
    return joined([this.#ring.subarray(this.#next), this.#ring.subarray(0, this.#next)]);
  }

  /** Decodes what was kept, invalid bytes as U+FFFD; no code point of UTF-8 or UTF-16 is split. */
  text(encoding: OutputEncoding = utf8Output): CapturedText {
    if (this.#totalBytes === 0) return emptyText;
    const head = joined(this.#head);
    const tail = this.#tail();
    const whole = this.#totalBytes === head.length + tail.length;
    const all = whole ? joined([head, tail]) : new Uint8Array();
    const cleanHead = head.subarray(0, endOfWhole(head));
    const cleanTail = tail.subarray(startOfWhole(tail));
    const other = whole
      ? chooseDecoder(encoding, all, new Uint8Array())
      : chooseDecoder(encoding, cleanHead, cleanTail);
    if (whole) {
      const text = other === undefined ? decode(all) : other.decode(all, false);
      return { head: text, tail: "", missingBytes: 0 };
    }
    const missing = this.#totalBytes - cleanHead.length - cleanTail.length;
    if (other === undefined) {
      return { head: decode(cleanHead), tail: decode(cleanTail), missingBytes: missing };
    }
    // Two bytes make a unit: the tail begins with a whole one.
    const skipped = (this.#totalBytes - tail.length) % other.unit;
    return {
      head: other.decode(head, true),
      tail: other.decode(tail.subarray(skipped), false),
      missingBytes: this.#totalBytes - head.length - tail.length + skipped,
    };
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Offset behind the last UTF-8 sequence that is complete. */
function endOfWhole(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Offset of the first byte that does not continue an earlier sequence. */
function startOfWhole(bytes: Uint8Array): number {
  let start = 0;
  while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return start;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}
