// What the control socket answers to any line, and what the host does where it cannot have one.
import { describe, expect, test } from "bun:test";
import { answerControl, openControl } from "../../src/node/control-server.ts";
import { PendingApprovals } from "../../src/node/pending-approvals.ts";
import { systemClock, systemRandom } from "../../src/platform/clock.ts";
import { systemControlSockets } from "../../src/platform/control-socket.ts";
import type { HostStatus } from "../../src/protocol/host-status.ts";
import { controlReply } from "../../src/protocol/control.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { Scratch } from "../fakes/scratch.ts";

function subjects(settle: () => Promise<{ runs: boolean; learnt: string[] }>) {
  const approvals = new PendingApprovals(systemClock, systemRandom);
  const details = { agent: "a", sessionKey: "s", command: "c", cwd: "/" };
  const pending = approvals.add({
    details: { ...details, why: [], programs: [], env: [] },
    waitMs: 60_000,
    listening: new AbortController().signal,
    settle,
  });
  return { approvals, id: pending?.id ?? "" };
}

const runs = () => Promise.resolve({ runs: true, learnt: [] });
const log = new CollectedLog();

const status = (): HostStatus => {
  throw new Error("not asked for");
};

describe("a line", () => {
  test.each<[string, string]>([
    ["nothing", ""],
    ["no JSON", "GET / HTTP/1.1\r"],
    ["half of it", '{"v":1,"method":"approvals.pending"'],
    ["no object", "[]"],
    ["null", "null"],
    ["no version", '{"method":"approvals.pending"}'],
    ["another version", '{"v":2,"method":"approvals.pending"}'],
    ["no method", '{"v":1}'],
    ["a method that there is not", '{"v":1,"method":"system.run"}'],
    ["what every object has", '{"v":1,"method":"constructor"}'],
    ["more than is known", '{"v":1,"method":"approvals.pending","x":1}'],
    ["no decision", '{"v":1,"method":"approvals.resolve","id":"ID"}'],
    ["another decision", '{"v":1,"method":"approvals.resolve","id":"ID","decision":"allow"}'],
    ["no id", '{"v":1,"method":"approvals.resolve","decision":"deny"}'],
    ["an id that is a list", '{"v":1,"method":"approvals.resolve","id":["ID"],"decision":"deny"}'],
    [
      "an endless id",
      `{"v":1,"method":"approvals.resolve","id":"${"a".repeat(99)}","decision":"deny"}`,
    ],
    ["much depth", "[".repeat(100_000)],
  ])("%s is refused in words, and answers nothing", async (_case, line) => {
    const { approvals, id } = subjects(runs);
    const answer = await answerControl({ status, approvals }, log, line.replace("ID", id));
    expect(controlReply.parse(JSON.parse(answer))).toMatchObject({
      ok: false,
      error: { code: "bad-request", message: expect.stringMatching(/\w/) },
    });
    expect(approvals.list().pending).toHaveLength(1);
  });

  test("of an id that does not wait is refused with what to do", async () => {
    const { approvals } = subjects(runs);
    const line = '{"v":1,"method":"approvals.resolve","id":"zzzz","decision":"deny"}';
    expect(JSON.parse(await answerControl({ status, approvals }, log, line))).toMatchObject({
      ok: false,
      error: { code: "refused", hint: "See what waits: clawdbot approvals pending" },
    });
  });

  test("to a host that does not ask is refused with the remedy", async () => {
    const line = '{"v":1,"method":"approvals.pending"}';
    expect(
      JSON.parse(await answerControl({ status, approvals: undefined }, log, line)),
    ).toMatchObject({
      ok: false,
      error: { code: "not-asking", hint: expect.stringContaining("--ask-local") },
    });
  });

  test("that hits a defect of ours is answered, and the host goes on", async () => {
    const { approvals, id } = subjects(() => {
      throw new Error("a defect");
    });
    const line = `{"v":1,"method":"approvals.resolve","id":"${id}","decision":"deny"}`;
    expect(JSON.parse(await answerControl({ status, approvals }, log, line))).toEqual({
      ok: false,
      error: { code: "failed", message: "a defect" },
    });
  });
});

describe("a host", () => {
  test("is asked and answered over its socket", async () => {
    using scratch = new Scratch();
    const { approvals, id } = subjects(runs);
    const path = scratch.at("node.sock");
    const listener = await openControl({ control: systemControlSockets, log }, path, {
      status,
      approvals,
    });
    const ask = async (request: object): Promise<any> =>
      JSON.parse(
        await systemControlSockets.request(path, JSON.stringify({ v: 1, ...request }), 10_000),
      );
    const list = await ask({ method: "approvals.pending" });
    expect(list).toMatchObject({ ok: true, result: { pending: [{ id, command: "c" }] } });
    const resolve = { method: "approvals.resolve", id: id.slice(0, 5), decision: "allow-once" };
    expect(await ask(resolve)).toMatchObject({ ok: true, result: { id, runs: true } });
    expect(await ask({ method: "approvals.pending" })).toMatchObject({ result: { pending: [] } });
    await listener?.close();
  });

  test("does without where there can be none, and says why", async () => {
    using scratch = new Scratch();
    const own = new CollectedLog();
    const { approvals } = subjects(runs);
    const path = scratch.file("node.sock", "mine");
    const ports = { control: systemControlSockets, log: own };
    expect(await openControl(ports, path, { status, approvals })).toBeUndefined();
    expect(own.lines.map(({ level }) => level)).toEqual(["error", "info"]);
    expect(own.lines[0]?.message).toContain("something else than a socket is there");
    expect(own.lines[1]?.message).toContain("Move it away: mv ");
    expect(scratch.read("node.sock")).toBe("mine");
    const missing = scratch.at("no", "directory", "node.sock");
    expect(await openControl(ports, missing, { status, approvals })).toBeUndefined();
  });
});
