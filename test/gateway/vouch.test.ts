// What may go to a node as approved: only the very run that an operator was shown, once.
import { describe, expect, test } from "bun:test";
import { ApprovalBook, type ApprovalRequest } from "../../src/gateway/approval-book.ts";
import { type Vouched, vouchFor } from "../../src/gateway/vouch.ts";
import type { GrantedDecision } from "../../src/protocol/approval-requests.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

const shown: ApprovalRequest = {
  command: "git pull",
  cwd: "/srv",
  host: "node",
  security: null,
  ask: null,
  agentId: "main",
  resolvedPath: null,
  sessionKey: "s",
  nodeId: "n",
};
const run = { command: ["git", "pull"], cwd: "/srv", agentId: "main", sessionKey: "s" };
const claim = { ...run, approved: true, approvalDecision: "allow-once", runId: "a" };
const asked = { deviceId: "d", nodeId: "n" };

function granted(request: Partial<ApprovalRequest> = {}, decision: GrantedDecision = "allow-once") {
  const clock = new ManualClock();
  const book = new ApprovalBook(clock);
  book.open({
    id: "a",
    request: { ...shown, ...request },
    createdAtMs: 0,
    expiresAtMs: 120_000,
    deviceId: "d",
    connId: "c",
  });
  book.decide("a", decision);
  return { book, clock };
}

const whyOf = (vouched: Vouched): string => (vouched.kind === "unfounded" ? vouched.why : "");

describe("vouchFor lets pass", () => {
  test("the run that was approved, with the word that was given", () => {
    const { book } = granted({}, "allow-always");
    expect(vouchFor(book, claim, asked)).toEqual({
      kind: "approved",
      approvalId: "a",
      params: { ...run, runId: "a", approved: true, approvalDecision: "allow-always" },
    });
  });

  test("no more than was given", () => {
    const { book } = granted();
    expect(vouchFor(book, { ...claim, approvalDecision: "allow-always" }, asked)).toMatchObject({
      params: { approvalDecision: "allow-once" },
    });
  });

  test.each<[string, Partial<ApprovalRequest>, object]>([
    ["a run that names no approval, as the reference sends it", {}, { runId: undefined }],
    ["a claim of two words as one", {}, { approvalDecision: undefined }],
    ["the other one", {}, { approved: undefined }],
    [
      "shell text",
      { command: "a | b" },
      { command: ["/bin/sh", "-lc", "a | b"], rawCommand: "a | b" },
    ],
    ["a variable that was shown", { command: "A=1 git pull" }, { env: { A: "1" } }],
    ["nulls for what is absent", { cwd: null }, { cwd: null, env: null, rawCommand: null }],
    ["a time limit, which no approver sees", {}, { timeoutMs: 5, needsScreenRecording: false }],
  ])("%s", (_what, request, change) => {
    const { book } = granted(request);
    expect(vouchFor(book, { ...claim, ...change }, asked).kind).toBe("approved");
  });

  test("any node where the request named none", () => {
    const { book } = granted();
    const { nodeId: _node, ...unbound } = shown;
    const free = new ApprovalBook(new ManualClock());
    free.open({
      id: "a",
      request: unbound,
      createdAtMs: 0,
      expiresAtMs: 1,
      deviceId: "d",
      connId: "c",
    });
    free.decide("a", "allow-once");
    expect(vouchFor(free, claim, { ...asked, nodeId: "x" }).kind).toBe("approved");
    expect(vouchFor(book, claim, { ...asked, nodeId: "x" }).kind).toBe("unfounded");
  });

  test("nothing along that was not compared", () => {
    const { book } = granted();
    const more = { ...claim, systemRunPlan: { argv: ["rm"] }, approvalSource: "auto-review", x: 1 };
    expect(vouchFor(book, more, asked).params).toEqual({
      ...run,
      runId: "a",
      approved: true,
      approvalDecision: "allow-once",
    });
  });
});

describe("vouchFor takes out", () => {
  test("a claim that was spent", () => {
    const { book } = granted();
    expect(vouchFor(book, claim, asked).kind).toBe("approved");
    const again = vouchFor(book, claim, asked);
    expect(again).toMatchObject({ kind: "unfounded", params: { ...run, runId: "a" } });
    expect(whyOf(again)).toContain("used already");
    expect(JSON.stringify(again.params)).not.toContain("approv");
  });

  test("a claim that came too late", () => {
    const { book, clock } = granted();
    clock.advance(120_000);
    expect(whyOf(vouchFor(book, claim, asked))).toContain("expired");
  });

  test("a claim with input that was not shown, be it a line break", () => {
    for (const stdin of ["rm -rf /", "\n"]) {
      const { book } = granted();
      const vouched = vouchFor(book, { ...claim, stdin }, asked);
      expect(whyOf(vouched)).toContain("input that nobody was shown");
    }
  });

  test("a claim before the word was given", () => {
    const book = new ApprovalBook(new ManualClock());
    const record = { id: "a", request: shown, createdAtMs: 0, expiresAtMs: 9, ...asked };
    book.open({ ...record, connId: "c" });
    expect(vouchFor(book, claim, asked).kind).toBe("unfounded");
    book.decide("a", "deny");
    expect(vouchFor(book, claim, asked).kind).toBe("unfounded");
  });

  test.each<[string, Partial<ApprovalRequest>, object, string]>([
    ["another program", {}, { command: ["git", "push"] }, "word for word"],
    ["one word more", {}, { command: ["git", "pull", "-f"] }, "word for word"],
    ["the same letters in other words", {}, { command: ["git pull"] }, "word for word"],
    ["a blank more", {}, { command: ["git", "pull", ""] }, "word for word"],
    [
      "words of which a shell would see a comment",
      { command: "rm x # /home" },
      { command: ["rm", "x", "#", "/home"] },
      "word for word",
    ],
    [
      "shell text that something else runs under",
      {},
      { command: ["rm", "-rf", "/"], rawCommand: "git pull" },
      "word for word",
    ],
    [
      "shell text in a shell with other flags",
      {},
      { command: ["/bin/sh", "-lcx", "git pull"], rawCommand: "git pull" },
      "word for word",
    ],
    ["a variable that nobody saw", {}, { env: { PATH: "/tmp" } }, "word for word"],
    ["another value", { command: "A=1 git pull" }, { env: { A: "2" } }, "word for word"],
    ["a variable that was left out", { command: "A=1 git pull" }, {}, "word for word"],
    ["another directory", {}, { cwd: "/" }, "directory"],
    ["no directory", {}, { cwd: undefined }, "directory"],
    ["another agent", {}, { agentId: "ops" }, "agent"],
    ["no agent", {}, { agentId: " " }, "agent"],
    ["another session", {}, { sessionKey: "t" }, "session"],
    ["another approval", {}, { runId: "b" }, "no such approval"],
    ["parameters that are none", {}, { command: "git pull" }, "no system.run"],
    ["parameters with a hole", {}, { env: { A: 1 } }, "no system.run"],
  ])("%s, and the approval is still good", (_what, request, change, why) => {
    const { book } = granted(request);
    const vouched = vouchFor(book, { ...claim, ...change }, asked);
    expect(whyOf(vouched)).toContain(why);
    expect(JSON.stringify(vouched.params)).not.toContain("approv");
    expect(book.granted()).toHaveLength(1);
    // The same without the name of the approval.
    if (why === "no such approval") return;
    const unnamed = vouchFor(book, { ...claim, ...change, runId: undefined }, asked);
    expect(unnamed.kind).toBe("unfounded");
  });

  test("what another device asked for", () => {
    const { book } = granted();
    const thief = { ...asked, deviceId: "thief" };
    expect(whyOf(vouchFor(book, claim, thief))).toContain("another device");
    expect(vouchFor(book, { ...claim, runId: undefined }, thief).kind).toBe("unfounded");
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["a list", [1]],
    ["a text", "approved"],
  ])("nothing of %s", (_what, params) => {
    expect(vouchFor(granted().book, params, asked)).toEqual({ kind: "plain", params });
  });

  test.each<[string, object]>([
    ["a claim of nothing", { approved: false, approvalDecision: "deny" }],
    ["a claim in other words", { approved: "true", approvalDecision: "always" }],
    ["that nobody had to be asked", { approvalSource: "ask-fallback" }],
  ])("%s, without spending the approval", (_what, change) => {
    const { book } = granted();
    expect(vouchFor(book, { ...run, ...change }, asked)).toEqual({ kind: "plain", params: run });
    expect(book.granted()).toHaveLength(1);
  });
});
