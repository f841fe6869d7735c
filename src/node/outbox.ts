/** Requests of ours that a gateway has to take: kept until it says that it has them. */
import { NoAnswerError, RpcError } from "../client/rpc-error.ts";
import { messageOf } from "../lib/errors.ts";
import type { Clock, Log } from "../platform/ports.ts";

export interface Letter {
  /** Of the request frame. */
  readonly id: string;
  readonly method: string;
  readonly text: string;
  /** The invocation that it answers, and of which node; undefined for events. */
  readonly invoke?: string;
  readonly nodeId?: string;
}

/** What became of a letter: taken at once, taken on a later connection, or given up. */
export type LetterEnd = "delivered" | "late" | "lost";

export interface OutboxPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** Puts a letter on the line; settles when the gateway has answered it, rejects else. */
  send(letter: Letter): Promise<unknown>;
  /** Called once for every letter that answers an invocation. */
  onEnd(invoke: string, end: LetterEnd): void;
}

/** Beyond these the oldest go. */
const mostLetters = 256;
const mostChars = 32 * 1024 * 1024;

/** A letter that ends the connection whenever it is sent must not do so for ever. */
const mostTries = 5;

export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #waiting = new Map<Letter, { tries: number }>();
  #chars = 0;
  #empty: (() => void)[] = [];

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
  }

  /** Sends a letter, now or as soon as there is a connection. */
  put(letter: Letter): void {
    this.#keep(letter, 0);
    this.#send(letter);
  }

  /** Takes a letter that could not be sent before, for the next connection. */
  keep(letter: Letter): void {
    this.#keep(letter, 1);
  }

  /** There is a new connection: what was not taken is sent again, in order. */
  connected(): void {
    for (const letter of this.#waiting.keys()) this.#send(letter);
  }

  /** Settles when everything was taken, or after some time. */
  async settled(timeoutMs: number): Promise<void> {
    if (this.#waiting.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#empty.push(resolve);
    const cancel = this.#ports.clock.after(timeoutMs, resolve);
    await promise;
    cancel();
  }

  #keep(letter: Letter, tries: number): void {
    this.#waiting.set(letter, { tries });
    this.#chars += letter.text.length;
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= mostLetters && this.#chars <= mostChars) break;
      if (oldest === letter) break;
      this.#ports.log.warn("an answer was given up: too many wait for a connection");
      this.#end(oldest, "lost");
    }
  }

  #send(letter: Letter): void {
    const state = this.#waiting.get(letter);
    if (state === undefined) return;
    if (state.tries >= mostTries) {
      this.#ports.log.warn(`an answer was given up: sent ${mostTries} times and never taken`);
      return this.#end(letter, "lost");
    }
    state.tries += 1;
    this.#ports.send(letter).then(
      () => this.#end(letter, state.tries > 1 ? "late" : "delivered"),
      (error: unknown) => this.#unanswered(letter, error),
    );
  }

  #unanswered(letter: Letter, error: unknown): void {
    // No answer: it is sent again over the next connection, not over this one.
    if (error instanceof NoAnswerError || !this.#waiting.has(letter)) return;
    const why = error instanceof RpcError ? "the gateway refused" : "cannot be sent";
    this.#ports.log.warn(`${letter.method}: ${why}: ${messageOf(error)}`);
    this.#end(letter, "lost");
  }

  #end(letter: Letter, end: LetterEnd): void {
    if (!this.#waiting.delete(letter)) return;
    this.#chars -= letter.text.length;
    if (letter.invoke !== undefined) this.#ports.onEnd(letter.invoke, end);
    if (this.#waiting.size > 0) return;
    for (const resolve of this.#empty.splice(0)) resolve();
  }
}
