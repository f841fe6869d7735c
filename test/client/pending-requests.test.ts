import { describe, expect, test } from "bun:test";
import { PendingRequests } from "../../src/client/pending-requests.ts";
import { type NoAnswerError, RpcError } from "../../src/client/rpc-error.ts";
import type { ResponseFrame } from "../../src/protocol/frame.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

const answer = (id: string, rest: Partial<ResponseFrame> = {}): ResponseFrame => ({
  type: "res",
  id,
  ok: true,
  ...rest,
});

function setUp(): { clock: ManualClock; pending: PendingRequests } {
  const clock = new ManualClock();
  return { clock, pending: new PendingRequests(clock) };
}

/** How a promise ended. */
async function ended(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}

describe("a pending request", () => {
  test("gets the payload of its own answer, in whatever order answers come", async () => {
    const { clock, pending } = setUp();
    const requests = ["a", "b", "c"].map((id) => pending.add(id, "m", 1000));
    for (const id of ["c", "a", "b"])
      expect(pending.settle(answer(id, { payload: id }))).toBe(true);
    expect(await Promise.all(requests)).toEqual(["a", "b", "c"]);
    expect(pending.size).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  test("fails with the gateway's error", async () => {
    const { pending } = setUp();
    const request = pending.add("a", "m", 1000);
    const error = { code: "X", message: "no", details: { why: 1 } };
    pending.settle(answer("a", { ok: false, error }));
    expect(await ended(request)).toMatchObject({ code: "X", message: "no", details: { why: 1 } });
  });

  test.each<[string, Partial<ResponseFrame>, string]>([
    ["without an error", {}, "m failed"],
    ["without a text", { error: { code: "X", message: "" } }, "m failed: X"],
  ])("fails in words when it is refused %s", async (_what, rest, message) => {
    const { pending } = setUp();
    const request = pending.add("a", "m", 1000);
    pending.settle(answer("a", { ok: false, ...rest }));
    const error = await ended(request);
    expect(error).toBeInstanceOf(RpcError);
    expect((error as RpcError).message).toBe(message);
  });

  test("fails when its time is over, and a late answer is nobody's", async () => {
    const { clock, pending } = setUp();
    const request = pending.add("a", "m", 1000);
    clock.advance(999);
    expect(pending.size).toBe(1);
    clock.advance(1);
    expect(await ended(request)).toMatchObject({ name: "NoAnswerError", reason: "timeout" });
    expect(pending.settle(answer("a"))).toBe(false);
    expect(pending.size).toBe(0);
  });

  test("takes the first of two answers", async () => {
    const { pending } = setUp();
    const request = pending.add("a", "m", 1000);
    expect(pending.settle(answer("a", { payload: 1 }))).toBe(true);
    expect(pending.settle(answer("a", { ok: false }))).toBe(false);
    expect(await request).toBe(1);
  });

  test("fails when the connection closes, together with all others", async () => {
    const { clock, pending } = setUp();
    const requests = ["a", "b"].map((id) => ended(pending.add(id, `m.${id}`, 1000)));
    pending.closeAll("gone");
    const errors = await Promise.all(requests);
    expect(errors.map((error) => (error as NoAnswerError).message)).toEqual([
      "No answer to m.a: gone",
      "No answer to m.b: gone",
    ]);
    expect(clock.waiting).toBe(0);
    expect(pending.settle(answer("a"))).toBe(false);
  });

  test.each(["__proto__", "constructor", "toString", ""])(
    "is not taken for an answer to %j",
    (id) => {
      expect(setUp().pending.settle(answer(id))).toBe(false);
    },
  );
});
