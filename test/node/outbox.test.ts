import { describe, expect, test } from "bun:test";
import { NoAnswerError, RpcError } from "../../src/client/rpc-error.ts";
import { type Letter, Outbox } from "../../src/node/outbox.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

class Post {
  readonly clock = new ManualClock();
  readonly log = new CollectedLog();
  readonly sent: string[] = [];
  readonly ends: string[] = [];
  answer: () => Promise<unknown> = () => Promise.resolve({});
  readonly outbox = new Outbox({
    clock: this.clock,
    log: this.log,
    send: ({ id }) => {
      this.sent.push(id);
      return this.answer();
    },
    onEnd: (invoke, end) => void this.ends.push(`${invoke} ${end}`),
  });

  put(name: string, text = ""): void {
    const letter: Letter = { id: name, method: "m", text, invoke: name };
    this.outbox.put(letter);
  }
}

const closed = () => Promise.reject(new NoAnswerError("m", "closed", "gone"));
const refused = () => Promise.reject(new RpcError("m", { code: "X", message: "no" }));
/** Lets promises settle. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a letter", () => {
  test("that is taken is sent once", async () => {
    const post = new Post();
    post.put("a");
    await turn();
    post.outbox.connected();
    expect([post.sent, post.ends]).toEqual([["a"], ["a delivered"]]);
  });

  test("that is not is sent again over the next connection, in order, and not before", async () => {
    const post = new Post();
    post.answer = closed;
    for (const name of ["a", "b"]) post.put(name);
    await turn();
    expect(post.ends).toEqual([]);
    post.answer = () => Promise.resolve({});
    post.outbox.connected();
    await turn();
    expect([post.sent, post.ends]).toEqual([
      ["a", "b", "a", "b"],
      ["a late", "b late"],
    ]);
  });

  test("that the gateway refuses is not sent again", async () => {
    const post = new Post();
    post.answer = refused;
    post.put("a");
    await turn();
    post.outbox.connected();
    expect([post.sent, post.ends]).toEqual([["a"], ["a lost"]]);
  });

  test("that ends every connection is given up", async () => {
    const post = new Post();
    post.answer = closed;
    post.put("a");
    for (let connection = 0; connection < 20; connection += 1) {
      post.outbox.connected();
      await turn();
    }
    expect([post.sent.length, post.ends]).toEqual([5, ["a lost"]]);
  });
});

describe("letters beyond the bounds", () => {
  test.each([
    ["of number", 300, 1, 44],
    ["of size", 10, 8 * 1024 * 1024, 6],
  ])("%s: the oldest go", async (_what, count, chars, gone) => {
    const post = new Post();
    post.answer = closed;
    for (let number = 0; number < count; number += 1) post.put(String(number), "x".repeat(chars));
    await turn();
    expect(post.ends).toEqual(Array.from({ length: gone }, (_, number) => `${number} lost`));
  });

  test("one alone that is larger than all is sent", async () => {
    const post = new Post();
    post.put("a", "x".repeat(33 * 1024 * 1024));
    await turn();
    expect(post.ends).toEqual(["a delivered"]);
  });
});

describe("the end of the host", () => {
  test("waits for what is on its way, and not for ever", async () => {
    const post = new Post();
    await post.outbox.settled(1000);
    post.answer = () => new Promise(() => {});
    post.put("a");
    const settled = post.outbox.settled(1000).then(() => "settled");
    expect(await Promise.race([settled, turn().then(() => "waits")])).toBe("waits");
    post.clock.advance(1000);
    expect(await settled).toBe("settled");
  });
});
