// What a person at the node reads while the gateway's second gate is closed, and when it opens.
import { describe, expect, test } from "bun:test";
import { NoAnswerError, RpcError } from "../../src/client/rpc-error.ts";
import { CommandApprovalWatch } from "../../src/node/command-approval.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import approvedEvent from "../fixtures/openclaw/commands-approved.json" with { type: "json" };
import answers from "../fixtures/openclaw/inventory-answers.json" with { type: "json" };

const waiting = answers.find(({ ok }) => !ok)?.error ?? { code: "", message: "" };
const requestId = "a45c8cbf-1f29-4d16-a1f8-499d2d92f128";
const { nodeId: deviceId } = approvedEvent.payload;
const refused = (message: string): Error => new RpcError("m", { code: "UNAVAILABLE", message });

class Scene {
  readonly clock = new ManualClock();
  readonly log = new CollectedLog();
  readonly asked: unknown[] = [];
  renewals = 0;
  answer: Error | undefined;
  readonly watch = new CommandApprovalWatch({
    clock: this.clock,
    log: this.log,
    deviceId,
    url: () => "ws://gw:1/",
    request: (...question) => {
      this.asked.push(question);
      return this.answer === undefined ? Promise.resolve({}) : Promise.reject(this.answer);
    },
    renew: () => void (this.renewals += 1),
  });

  async connected(version = "2026.9.6", protocol = 4): Promise<void> {
    this.watch.connected({ type: "hello-ok", protocol, server: { version } });
    await this.settled();
  }

  /** Lets answered questions arrive. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settled();
  }

  decided(decision: string, nodeId = deviceId): void {
    this.watch.onEvent("node.pair.resolved", { ...approvedEvent.payload, decision, nodeId });
  }

  get told(): string[] {
    return this.log.lines
      .filter(({ level }) => level !== "debug")
      .map(({ level, message }) => `${level} ${message}`);
  }
}

const toldWaiting = [
  "warn connected, but its commands wait for an operator's approval",
  `info   with this program:  clawdbot nodes approve ${requestId} --url ws://gw:1/`,
  `info   on its machine:     openclaw nodes approve ${requestId}  (the gateway's own tool)`,
  "info   This host stays connected, and serves as soon as they are approved.",
];
const toldApproved = "info the commands of this node are approved";

describe("commands that wait for approval on OpenClaw 2026.9.6", () => {
  test("are told with the request that the gateway names, and their approval too", async () => {
    const scene = new Scene();
    scene.answer = refused(waiting.message);
    await scene.connected();
    expect(scene.asked).toEqual([["node.runnerInventory.update", { protocolFeatures: [] }]]);
    expect(scene.told).toEqual(toldWaiting);
    scene.watch.onEvent(approvedEvent.event, approvedEvent.payload);
    expect(scene.told).toEqual([...toldWaiting, toldApproved]);
    expect(scene.clock.waiting).toBe(0);
  });

  test("are told once over many connections and questions", async () => {
    const scene = new Scene();
    scene.answer = refused(waiting.message);
    for (let times = 0; times < 3; times += 1) {
      await scene.connected();
      await scene.pass(60_000);
    }
    expect(scene.asked).toHaveLength(6);
    expect(scene.told).toEqual(toldWaiting);
  });

  test.each<[string, (scene: Scene) => unknown]>([
    ["a command comes in", ({ watch }) => watch.onEvent("node.invoke.request", {})],
    [
      "a later question is answered",
      (scene) => {
        scene.answer = undefined;
        return scene.pass(60_000);
      },
    ],
  ])("are known to be approved when %s, though no event said so", async (_what, happens) => {
    const scene = new Scene();
    scene.answer = refused(waiting.message);
    await scene.connected();
    await happens(scene);
    expect(scene.told.at(-1)).toBe(toldApproved);
    expect(scene.clock.waiting).toBe(0);
  });

  test("need no word when they were approved before", async () => {
    const scene = new Scene();
    await scene.connected();
    expect(scene.told).toEqual([]);
    expect(scene.clock.waiting).toBe(0);
  });

  test("are looked at again soon when the gateway has no request yet", async () => {
    const scene = new Scene();
    scene.answer = refused("node runner inventory publication is not current; retry after pairing");
    await scene.connected();
    expect(scene.told).toEqual([]);
    scene.answer = refused(waiting.message);
    await scene.pass(3000);
    expect(scene.told).toEqual(toldWaiting);
  });

  test("a request that is no plain word is not offered for pasting", async () => {
    const scene = new Scene();
    scene.answer = refused("awaiting operator approval; run `openclaw nodes approve $(reboot)`");
    await scene.connected();
    await scene.pass(3000);
    expect(scene.told.join("\n")).not.toContain("reboot");
    expect(scene.told[1]).toContain("openclaw nodes pending");
  });

  test.each([
    ["rejected", /rejected the commands/],
    ["removed", /removed this node/],
    ["expired", /rejected the commands/],
  ])("that are %s are told with the way back, and the host goes on", async (decision, text) => {
    const scene = new Scene();
    scene.answer = refused(waiting.message);
    await scene.connected();
    scene.decided(decision);
    const [headline, remedy] = scene.told.slice(-2);
    expect(headline).toMatch(text);
    expect(remedy).toContain("start this host anew");
    expect(scene.renewals).toBe(0);
  });

  test("whose request disappears were turned down, which no event says", async () => {
    const scene = new Scene();
    scene.answer = refused(waiting.message);
    await scene.connected();
    scene.answer = refused("node runner inventory publication is not current; retry after pairing");
    await scene.pass(60_000);
    expect(scene.told.at(-2)).toContain("is gone, an operator may have rejected it");
    expect(scene.clock.waiting).toBe(0);
  });

  test("what is decided about another node says nothing", async () => {
    const scene = new Scene();
    scene.answer = refused(waiting.message);
    await scene.connected();
    scene.decided("approved", "another-node");
    scene.watch.onEvent("node.pair.resolved", "not an object");
    expect(scene.told).toEqual(toldWaiting);
  });

  test("a connection that breaks meanwhile leaves no timer", async () => {
    const scene = new Scene();
    scene.answer = refused(waiting.message);
    await scene.connected();
    scene.watch.disconnected();
    expect(scene.clock.waiting).toBe(0);
    scene.answer = new NoAnswerError("m", "closed", "gone");
    await scene.connected();
    expect(scene.told).toEqual(toldWaiting);
  });
});

describe("a gateway of the months between", () => {
  test("that does not know the question is asked once, and the person is told where to look", async () => {
    const scene = new Scene();
    scene.answer = refused("unknown method: node.runnerInventory.update");
    for (let times = 0; times < 3; times += 1) await scene.connected("2026.7.1");
    expect(scene.asked).toHaveLength(1);
    expect(scene.told).toEqual([expect.stringContaining("openclaw nodes pending")]);
    expect(scene.renewals).toBe(0);
  });

  test("that looks only at new connections gets some, ever more rarely, until a command comes", async () => {
    const scene = new Scene();
    const waits: number[] = [];
    for (let times = 0; times < 6; times += 1) {
      await scene.connected("2026.3.31", 3);
      const before = scene.renewals;
      let waited = 0;
      while (scene.renewals === before) {
        await scene.pass(30_000);
        waited += 30;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([60, 120, 240, 480, 600, 600]);
    expect(scene.told).toHaveLength(2);
    scene.watch.onEvent("node.invoke.request", {});
    await scene.connected("2026.3.31", 3);
    expect(scene.clock.waiting).toBe(0);
  });

  test.each([
    ["Clawdbot", "dev", 3],
    ["OpenClaw 2026.2.26", "2026.2.26", 3],
    ["this program's own", "0.1.0", 4],
  ])("%s has no second gate", async (_what, version, protocol) => {
    const scene = new Scene();
    await scene.connected(version, protocol);
    expect([scene.asked.length, scene.told.length, scene.clock.waiting]).toEqual([0, 0, 0]);
  });
});
