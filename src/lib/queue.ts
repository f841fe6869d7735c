/** First in, first out, at a cost that does not depend on the length. */

/** Places in front that are free are given back when they are more than this and half of all. */
const slack = 1024;

export class Queue<T> {
  #items: (T | undefined)[] = [];
  /** Index of the oldest. */
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** The oldest; undefined when there is none. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the oldest away. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    // The collector must not find it here any more.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > slack && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
