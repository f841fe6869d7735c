import { describe, expect, test } from "bun:test";
import { ApprovalBook, type ApprovalRecord } from "../../src/gateway/approval-book.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

const record = (id: string, more: Partial<ApprovalRecord> = {}): ApprovalRecord => ({
  id,
  request: {
    command: "id",
    cwd: null,
    host: null,
    security: null,
    ask: null,
    agentId: null,
    resolvedPath: null,
    sessionKey: null,
  },
  createdAtMs: 1000,
  expiresAtMs: 121_000,
  deviceId: "d",
  connId: "c",
  ...more,
});

function stage() {
  const clock = new ManualClock();
  const book = new ApprovalBook(clock);
  const open = (given: ApprovalRecord) => {
    const opened = book.open(given);
    if (!opened.ok) throw new Error(opened.why);
    return opened.decided;
  };
  const grantedIds = () => book.granted().map((grant) => grant.record.id);
  return { clock, book, open, grantedIds };
}

describe("ApprovalBook", () => {
  test("gives the word to who asked, and keeps a yes until it is used", async () => {
    const { clock, book, open, grantedIds } = stage();
    const decided = open(record("a"));
    expect(book.pending()).toEqual([record("a")]);
    expect(book.decide("a", "allow-always")).toEqual(record("a"));
    expect(await decided).toBe("allow-always");
    expect(book.pending()).toEqual([]);
    expect(clock.waiting).toBe(0);
    expect(book.granted()).toMatchObject([{ record: record("a"), decision: "allow-always" }]);
    book.use("a");
    expect(grantedIds()).toEqual([]);
  });

  test("a no leaves nothing behind", async () => {
    const { book, open, grantedIds } = stage();
    const decided = open(record("a"));
    book.decide("a", "deny");
    expect(await decided).toBe("deny");
    expect(grantedIds()).toEqual([]);
  });

  test("is decided once", () => {
    const { book, open, grantedIds } = stage();
    void open(record("a"));
    book.decide("a", "deny");
    expect(book.decide("a", "allow-once")).toBeUndefined();
    expect(book.decide("b", "allow-once")).toBeUndefined();
    expect(grantedIds()).toEqual([]);
  });

  test("asks as long as it was told to and not a moment longer", async () => {
    const { clock, book, open } = stage();
    const decided = open(record("a"));
    clock.advance(119_999);
    expect(book.pending()).toHaveLength(1);
    clock.advance(1);
    expect(await decided).toBeUndefined();
    expect(book.decide("a", "allow-once")).toBeUndefined();
  });

  test("a yes that nobody uses is forgotten after two minutes, counted from the yes", () => {
    const { clock, book, open, grantedIds } = stage();
    void open(record("a"));
    clock.advance(119_999);
    book.decide("a", "allow-once");
    clock.advance(119_999);
    expect(grantedIds()).toEqual(["a"]);
    clock.advance(1);
    expect(grantedIds()).toEqual([]);
  });

  test("takes back what a connection asked for, and nothing else", async () => {
    const { book, open, grantedIds } = stage();
    const gone = open(record("a"));
    void open(record("b", { connId: "other" }));
    void open(record("c"));
    book.decide("c", "allow-once");
    expect(book.withdraw("c")).toEqual([record("a")]);
    expect(await gone).toBeUndefined();
    expect(book.pending().map(({ id }) => id)).toEqual(["b"]);
    // The reference asks and runs over two connections.
    expect(grantedIds()).toEqual(["c"]);
  });

  test("an id stands for one run at a time", () => {
    const { book, open } = stage();
    void open(record("a"));
    const again = { ok: false, why: "already pending" } as const;
    expect(book.open(record("a", { deviceId: "x" }))).toEqual(again);
    book.decide("a", "allow-once");
    expect(book.open(record("a"))).toEqual(again);
    book.use("a");
    expect(book.open(record("a"))).toMatchObject({ ok: true });
  });

  test("has a bound for what waits", () => {
    const { clock, book, open } = stage();
    const tooMany = { ok: false, why: "too many" } as const;
    const of = (deviceId: string, index: number) => record(`${deviceId}${index}`, { deviceId });
    for (let index = 0; index < 32; index += 1) void open(of("d", index));
    // One device alone does not lock the others out.
    for (let index = 32; index < 5000; index += 1) {
      expect(book.open(of("d", index))).toEqual(tooMany);
    }
    for (let index = 0; index < 32; index += 1) void open(of("e", index));
    for (let index = 32; index < 5000; index += 1) {
      expect(book.open(of(`x${index}`, index))).toEqual(tooMany);
    }
    expect(clock.waiting).toBe(64);
    book.decide("d5", "deny");
    expect(book.open(of("f", 1))).toMatchObject({ ok: true });
  });

  test("and for what was granted: the oldest goes", () => {
    const { book, open, grantedIds } = stage();
    for (let index = 0; index < 300; index += 1) {
      void open(record(`r${index}`));
      book.decide(`r${index}`, "allow-once");
    }
    expect(grantedIds()).toHaveLength(256);
    expect(grantedIds()[0]).toBe("r44");
  });
});
