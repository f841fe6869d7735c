// The book of waiting requests, with a clock that is moved by hand.
import { describe, expect, test } from "bun:test";
import { UserError } from "../../src/lib/errors.ts";
import {
  type Answer,
  type PendingDetails,
  PendingApprovals,
} from "../../src/node/pending-approvals.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

const details: PendingDetails = {
  agent: "main",
  sessionKey: "node",
  command: "git push",
  cwd: "/srv",
  why: ["not on the list"],
  programs: [{ path: "/usr/bin/git", realPath: "/usr/bin/git" }],
  env: [],
};

class Book {
  readonly clock = new ManualClock();
  readonly answers: [id: string, answer: Answer][] = [];
  readonly connection = new AbortController();
  #ids: string[];
  readonly approvals: PendingApprovals;

  constructor(ids: readonly string[] = []) {
    this.#ids = [...ids];
    const uuid = () => this.#ids.shift() ?? crypto.randomUUID();
    this.approvals = new PendingApprovals(this.clock, { uuid });
  }

  /** The id of a new request; undefined when it was refused. */
  ask(waitMs = 28_000, command = "git push"): string | undefined {
    const pending = this.approvals.add({
      details: { ...details, command },
      waitMs,
      listening: this.connection.signal,
      settle: (answer) => {
        this.answers.push([command, answer]);
        const runs = answer.kind === "decided" && answer.decision !== "deny";
        return Promise.resolve({ runs, learnt: [] });
      },
    });
    return pending?.id;
  }

  get waiting(): string[] {
    return this.approvals.list().pending.map(({ id }) => id);
  }

  async refusal(id: string): Promise<string> {
    try {
      await this.approvals.resolve(id, "allow-once");
    } catch (error) {
      if (error instanceof UserError) return `${error.message}\n${error.hint}`;
    }
    throw new Error("it was answered");
  }
}

describe("a request", () => {
  test("is listed whole, oldest first, until it is answered", async () => {
    const book = new Book();
    const first = book.ask();
    book.clock.advance(1000);
    const second = book.ask(5000, "ls");
    const { ts, pending } = book.approvals.list();
    expect(pending.map(({ id }) => id)).toEqual([first!, second!]);
    expect(pending[0]).toEqual({
      ...details,
      id: first!,
      createdAtMs: ts - 1000,
      expiresAtMs: ts + 27_000,
    });
    expect(first).toMatch(/^[0-9a-f]{8}$/);
    expect(await book.approvals.resolve(first!, "allow-always")).toEqual({
      id: first!,
      command: "git push",
      agent: "main",
      decision: "allow-always",
      runs: true,
      learnt: [],
    });
    expect(book.waiting).toEqual([second!]);
    expect(book.answers).toEqual([["git push", { kind: "decided", decision: "allow-always" }]]);
  });

  test("ends at its deadline, not before", () => {
    const book = new Book();
    book.ask(28_000);
    book.clock.advance(27_999);
    expect(book.answers).toEqual([]);
    book.clock.advance(1);
    expect(book.answers).toEqual([["git push", { kind: "unanswered" }]]);
    expect(book.waiting).toEqual([]);
  });

  test("is withdrawn with its connection, and asked no more over one that is gone", () => {
    const book = new Book();
    book.ask();
    book.connection.abort();
    book.ask(1000, "ls");
    expect(book.answers).toEqual([
      ["git push", { kind: "withdrawn" }],
      ["ls", { kind: "withdrawn" }],
    ]);
    expect([book.waiting, book.clock.waiting]).toEqual([[], 0]);
  });

  test("is settled once, whatever comes later", async () => {
    const book = new Book();
    const id = book.ask();
    await book.approvals.resolve(id!, "deny");
    book.clock.advance(60_000);
    book.connection.abort();
    expect(book.answers).toHaveLength(1);
    expect(book.clock.waiting).toBe(0);
  });

  test("is the 33rd: refused at once, until one of the others has ended", async () => {
    const book = new Book();
    const ids = Array.from({ length: 32 }, () => book.ask());
    expect(book.ask()).toBeUndefined();
    expect(book.waiting).toHaveLength(32);
    await book.approvals.resolve(ids[0]!, "deny");
    expect(book.ask()).toBeDefined();
  });
});

describe("an id", () => {
  const one = "aaaa1111-0000-4000-8000-000000000000";
  const two = "aaaa2222-0000-4000-8000-000000000000";

  test("is enough by its beginning, in capitals and with blanks around", async () => {
    for (const given of ["aaaa1111", "AAAA1", " aaaa11 "]) {
      const book = new Book([one, two]);
      book.ask();
      book.ask();
      expect((await book.approvals.resolve(given, "deny")).id).toBe("aaaa1111");
    }
  });

  test.each<[string, string, string]>([
    ["of two", "aaaa", "2 requests begin so"],
    ["of none", "bbbb", "no such request waits"],
    ["too short to be meant", "aaa", "at least its first 4 characters"],
    ["none at all", "", "at least its first 4 characters"],
    ["longer than one", "aaaa11110", "no such request waits"],
    ["something else", "\u001b[2J\u202e", "no such request waits"],
  ])("%s is refused with the way to see what waits", async (_case, given, problem) => {
    const book = new Book([one, two]);
    book.ask();
    book.ask();
    const refusal = await book.refusal(given);
    expect(refusal).toContain(problem);
    expect(refusal).toContain("clawdbot approvals pending");
    expect(refusal).not.toMatch(/\u001b|\u202e/);
    expect(book.waiting).toHaveLength(2);
  });

  test.each<[string, (book: Book, id: string) => void, string]>([
    ["answered", (book, id) => void book.approvals.resolve(id, "deny"), "it was answered already"],
    ["over", ({ clock }) => clock.advance(28_000), "nobody answered in time"],
    ["withdrawn", ({ connection }) => connection.abort(), "it was withdrawn"],
  ])("of a request that is %s says so", async (_case, end, problem) => {
    const book = new Book();
    const id = book.ask() ?? "";
    end(book, id);
    expect(await book.refusal(id)).toContain(problem);
  });

  test("is never given twice", () => {
    const book = new Book([one, one, one, two]);
    expect([book.ask(), book.ask()]).toEqual(["aaaa1111", "aaaa2222"]);
  });
});
