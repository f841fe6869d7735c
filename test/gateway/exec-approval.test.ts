// Asking, answering and running over real connections.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import { newDevice, operatorProfile } from "./device.ts";
import { RawClient } from "./raw-client.ts";

const nodeDevice = newDevice();
const nodeId = nodeDevice.deviceId;
const askerDevice = newDevice();
const ask = { id: "a-1", command: "git pull", host: "node", agentId: "main", timeoutMs: 60_000 };
const run = { command: ["git", "pull"], agentId: "main" };
const nulls = { cwd: null, security: null, ask: null, resolvedPath: null, sessionKey: null };

let gateway: EmbeddedGateway;
let asker: RawClient;
let approver: RawClient;
let node: RawClient;

const withScopes = (...scopes: string[]) => ({
  profile: {
    ...operatorProfile,
    client: { ...operatorProfile.client, displayName: "Desk" },
    scopes,
  },
});

beforeEach(async () => {
  gateway = new EmbeddedGateway();
  asker = await RawClient.operator(gateway.url, { device: askerDevice });
  approver = await RawClient.operator(gateway.url, withScopes("operator.approvals"));
  node = await RawClient.node(gateway.url, { device: nodeDevice });
});
afterEach(async () => {
  for (const client of [asker, approver, node]) client[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const requested = async (): Promise<any> =>
  (await approver.event("exec.approval.requested")).payload;

/** Asks and has it answered. */
async function answered(decision: string, change: object = {}): Promise<any> {
  const answer = asker.payload("exec.approval.request", { ...ask, ...change });
  const { id } = await requested();
  await approver.payload("exec.approval.resolve", { id, decision });
  return answer;
}

/** The parameters that reach the node for a `system.run` of these. */
async function reaches(params: object, as: RawClient = asker): Promise<any> {
  as.post("node.invoke", {
    nodeId,
    command: "system.run",
    params,
    timeoutMs: 100,
    idempotencyKey: "k",
  });
  return JSON.parse((await node.event("node.invoke.request")).payload.paramsJSON);
}

describe("exec.approval", () => {
  test("blocks until somebody answers, who sees exactly what is asked", async () => {
    const answer = asker.payload("exec.approval.request", ask);
    const shown = await requested();
    const times = { createdAtMs: expect.any(Number), expiresAtMs: expect.any(Number) };
    expect(shown).toEqual({
      id: "a-1",
      request: { command: "git pull", host: "node", agentId: "main", ...nulls },
      ...times,
    });
    expect(shown.expiresAtMs - shown.createdAtMs).toBe(60_000);
    expect(await approver.payload("exec.approval.list")).toEqual([shown]);
    expect(
      await approver.payload("exec.approval.resolve", { id: "a-1", decision: "allow-once" }),
    ).toEqual({ ok: true });
    expect(await answer).toEqual({
      id: "a-1",
      decision: "allow-once",
      createdAtMs: shown.createdAtMs,
      expiresAtMs: shown.expiresAtMs,
    });
    expect((await asker.event("exec.approval.resolved")).payload).toEqual({
      id: "a-1",
      decision: "allow-once",
      resolvedBy: "Desk",
      ts: expect.any(Number),
    });
    expect(await approver.payload("exec.approval.list")).toEqual([]);
  });

  test("waits two minutes unless the request says otherwise, under an id of its own", async () => {
    asker.post("exec.approval.request", { command: "id" });
    const { id, createdAtMs, expiresAtMs } = await requested();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(expiresAtMs - createdAtMs).toBe(120_000);
  });

  test("ends without a decision when nobody answers", async () => {
    expect(await asker.payload("exec.approval.request", { ...ask, timeoutMs: 20 })).toMatchObject({
      id: "a-1",
      decision: null,
    });
    expect(
      await approver.error("exec.approval.resolve", { id: "a-1", decision: "allow-once" }),
    ).toMatchObject({ code: "INVALID_REQUEST", message: "unknown approval id" });
  });

  test("is withdrawn when who asked goes", async () => {
    using passing = await RawClient.operator(gateway.url, { device: askerDevice });
    passing.post("exec.approval.request", ask);
    await requested();
    passing.terminate();
    expect((await approver.event("exec.approval.resolved")).payload).toMatchObject({
      id: "a-1",
      decision: "deny",
      resolvedBy: "withdrawn",
    });
    expect(await approver.payload("exec.approval.list")).toEqual([]);
    expect(
      await approver.error("exec.approval.resolve", { id: "a-1", decision: "allow-once" }),
    ).toMatchObject({ message: "unknown approval id" });
  });

  test("is answered once", async () => {
    await answered("deny");
    expect(
      await approver.error("exec.approval.resolve", { id: "a-1", decision: "allow-once" }),
    ).toMatchObject({ message: "unknown approval id" });
    expect(await reaches({ ...run, approved: true, runId: "a-1" })).toEqual({
      ...run,
      runId: "a-1",
    });
  });

  test("does not take an id that is in use", async () => {
    asker.post("exec.approval.request", ask);
    await requested();
    expect(await asker.error("exec.approval.request", ask)).toEqual({
      code: "INVALID_REQUEST",
      message: "approval id already pending",
    });
  });

  test("is only for who holds the scope", async () => {
    using writer = await RawClient.operator(
      gateway.url,
      withScopes("operator.read", "operator.write", "operator.pairing"),
    );
    asker.post("exec.approval.request", ask);
    await requested();
    const missing = { message: "missing scope: operator.approvals" };
    const yes = { id: "a-1", decision: "allow-once" };
    expect(await writer.error("exec.approval.resolve", yes)).toMatchObject(missing);
    expect(await writer.error("exec.approval.list")).toMatchObject(missing);
    expect(await writer.error("exec.approval.request", ask)).toMatchObject(missing);
    expect(await node.error("exec.approval.resolve", yes)).toMatchObject({
      message: "unauthorized role: node",
    });
    expect(await approver.payload("exec.approval.list")).toHaveLength(1);
    await approver.payload("exec.approval.resolve", { ...yes, decision: "deny" });
    await approver.event("exec.approval.resolved");
    // The answers above came behind the events: those that saw none were sent none.
    await Promise.all([writer.payload("health"), node.payload("skills.bins")]);
    const seen = [...writer.frames, ...node.frames].map(({ event }) => event);
    expect(seen.filter((event) => String(event).startsWith("exec.approval"))).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["nothing", { command: undefined }, "must have required property 'command'"],
    ["an empty command", { command: "" }, "at /command: must NOT have fewer than 1 characters"],
    ["a command as a list", { command: ["id"] }, "at /command: must be string"],
    [
      "a command of a megabyte's beginning",
      { command: "x".repeat(16_385) },
      "at /command: must NOT have more than 16384 characters",
    ],
    ["a directory of any length", { cwd: "/".repeat(4097) }, "at /cwd: must NOT have more than"],
    ["an agent that is none", { agentId: {} }, "at /agentId: must be string"],
    ["no time at all", { timeoutMs: 0 }, "at /timeoutMs: must be >= 1"],
    ["half a millisecond", { timeoutMs: 0.5 }, "at /timeoutMs: must be integer"],
    ["for ever", { timeoutMs: 86_400_001 }, "at /timeoutMs: must be <= 86400000"],
    ["under an id that is a flag", { id: "--gateway" }, "approval id may have"],
    ["under an id for a shell", { id: "a;id" }, "approval id may have"],
    ["under an id that hides", { id: "a\u202eb" }, "approval id may have"],
    ["under an endless id", { id: "a".repeat(129) }, "at /id: must NOT have more than 128"],
  ])("is not asked for %s", async (_what, change, message) => {
    const error = await asker.error("exec.approval.request", { ...ask, ...change });
    expect(error.code).toBe("INVALID_REQUEST");
    expect(error.message).toContain(message);
    expect(await approver.payload("exec.approval.list")).toEqual([]);
  });

  test.each(["allow", "ALLOW-ONCE", "yes", "allow-once ", "__proto__"])(
    "knows no decision %p",
    async (decision) => {
      asker.post("exec.approval.request", ask);
      await requested();
      expect(await approver.error("exec.approval.resolve", { id: "a-1", decision })).toEqual({
        code: "INVALID_REQUEST",
        message: "invalid decision",
      });
      expect(await approver.payload("exec.approval.list")).toHaveLength(1);
    },
  );

  test("ten thousand requests fill 32 places, leave room for others, and go with who sent them", async () => {
    using flood = await RawClient.operator(gateway.url);
    for (let count = 0; count < 10_000; count += 1) {
      flood.send(
        JSON.stringify({
          type: "req",
          id: `flood-${count}`,
          method: "exec.approval.request",
          params: { command: "id" },
        }),
      );
    }
    const last = await flood.next((frame) => frame.id === "flood-9999");
    expect(last.error).toEqual({
      code: "UNAVAILABLE",
      message: "too many approvals are pending",
    });
    expect(await approver.payload("exec.approval.list")).toHaveLength(32);
    const answer = asker.payload("exec.approval.request", ask);
    await approver.next(({ payload }) => payload?.id === "a-1");
    await approver.payload("exec.approval.resolve", { id: "a-1", decision: "allow-once" });
    expect(await answer).toMatchObject({ decision: "allow-once" });
    flood.terminate();
    await approver.next(({ payload }) => payload?.resolvedBy === "withdrawn");
    expect(await approver.payload("exec.approval.list")).toEqual([]);
  });
});

describe("a run that was approved", () => {
  test("reaches the node as such, once", async () => {
    await answered("allow-always", { nodeId });
    const claim = { ...run, approved: true, approvalDecision: "allow-always", runId: "a-1" };
    expect(await reaches(claim)).toEqual(claim);
    expect((await approver.event("exec.approval.used")).payload).toEqual({
      id: "a-1",
      nodeId,
      ts: expect.any(Number),
    });
    expect(await reaches(claim)).toEqual({ ...run, runId: "a-1" });
  });

  test("also over another connection of the device, without naming the approval", async () => {
    using first = await RawClient.operator(gateway.url, { device: askerDevice });
    const answer = first.payload("exec.approval.request", { ...ask, id: undefined });
    const { id } = await requested();
    await approver.payload("exec.approval.resolve", { id, decision: "allow-once" });
    await answer;
    first.close();
    await first.closed;
    using second = await RawClient.operator(gateway.url, { device: askerDevice });
    const claim = { ...run, approved: true, approvalDecision: "allow-once" };
    expect(await reaches(claim, second)).toEqual(claim);
  });

  test("is not another device's to use, nor the approver's own", async () => {
    await answered("allow-once");
    const claim = { ...run, approved: true, runId: "a-1" };
    using thief = await RawClient.operator(gateway.url);
    expect(await reaches(claim, thief)).toEqual({ ...run, runId: "a-1" });
    expect(await reaches(claim)).toMatchObject({ approved: true });
  });

  test("stays unused while the node is away", async () => {
    await answered("allow-once");
    const claim = { ...run, approved: true, runId: "a-1" };
    const call = { nodeId: "x", command: "system.run", params: claim, idempotencyKey: "k" };
    expect(await asker.error("node.invoke", call)).toMatchObject({ message: "node not connected" });
    expect(await reaches(claim)).toMatchObject({ approved: true });
  });

  test("why a claim was taken out stands in the log, once", async () => {
    const claim = { ...run, approved: true, runId: "made-up" };
    expect(await reaches(claim)).toEqual({ ...run, runId: "made-up" });
    expect(await reaches(claim)).toEqual({ ...run, runId: "made-up" });
    expect(gateway.log.lines.filter(({ level }) => level === "warn")).toEqual([
      {
        level: "warn",
        message: "a run claims an approval; it is sent without",
        fields: {
          device: askerDevice.deviceId.slice(0, 12),
          why: "there is no such approval: never granted, used already, or expired",
        },
      },
    ]);
  });

  test("the log shows what was asked without obeying it", async () => {
    asker.post("exec.approval.request", { ...ask, command: "rm\u001b[2J -rf\n/" });
    await requested();
    expect(gateway.log.lines.at(-1)).toMatchObject({
      message: "approval requested",
      fields: { command: "rm\\u{1b}[2J -rf\\n/" },
    });
  });
});
