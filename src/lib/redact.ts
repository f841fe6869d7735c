/** Shorter values are not treated as secrets: masking `1` or `yes` would make logs unreadable. */
const shortestSecret = 6;

/** Replaces every known secret in a text that is about to be shown or logged. */
export class Redactor {
  /** Longest first: a secret that contains another one must not be left half shown. */
  #secrets: readonly string[] = [];

  /** Remembers a secret; call it as soon as one is read. */
  add(secret: string | undefined): void {
    if (secret === undefined || secret.length < shortestSecret) return;
    this.#secrets = [...new Set([...this.#secrets, secret])].toSorted(
      (left, right) => right.length - left.length,
    );
  }

  apply(text: string): string {
    let shown = text;
    for (const secret of this.#secrets) shown = shown.replaceAll(secret, "[redacted]");
    return shown;
  }
}
