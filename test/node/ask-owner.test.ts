// The owner of the machine is asked: every answer, what may change meanwhile, and no answer at all.
import { describe, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import type { ApprovalDecision, PendingApproval } from "../../src/protocol/control.ts";
import { until } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";
import { RunningNode, type RunningNodeOptions, everything } from "./running-node.ts";

const file = "home/exec-approvals.json";
const policy = (main: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  version: 1,
  agents: { main },
  ...more,
});

/** A node that asks, and one run that waits. */
class Scene implements AsyncDisposable {
  readonly node: RunningNode;
  readonly tool: string;

  private constructor(node: RunningNode) {
    this.node = node;
    this.tool = node.program("home/tool", "#!/bin/sh\necho ran $*\n");
  }

  static async open(options: RunningNodeOptions = {}): Promise<Scene> {
    return new Scene(await RunningNode.connected({ askMs: 60_000, ...options }));
  }

  /** Asks for a run and gives what the owner sees, and the answer that will come. */
  async ask(params: Record<string, unknown> = {}, request: Record<string, unknown> = {}) {
    const before = this.waiting.length;
    const answer = this.node.gateway.answerTo({
      command: "system.run",
      paramsJSON: JSON.stringify({ command: [this.tool, "a", "b c"], ...params }),
      timeoutMs: 60_000,
      ...request,
    });
    // Not every test waits for it.
    answer.catch(() => {});
    await until(() => this.waiting.length > before);
    const pending = this.waiting.at(-1)!;
    return { pending, answer };
  }

  resolve({ id }: PendingApproval, decision: ApprovalDecision) {
    return this.node.approvals.resolve(id, decision);
  }

  get waiting() {
    return this.node.approvals.list().pending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node[Symbol.asyncDispose]();
  }
}

const refusal = ({ result }: { result: any }): string => result.error.message;
const reasons = ({ events }: { events: readonly { payload: any }[] }) =>
  events.map(({ payload }) => payload.reason);

describe("a run that waits", () => {
  test("shows everything that a decision needs", async () => {
    await using scene = await Scene.open();
    const { tool, node } = scene;
    const { pending } = await scene.ask({ env: { A: "1", B: "two words" }, sessionKey: "s" });
    expect(pending).toMatchObject({
      agent: "main",
      sessionKey: "s",
      command: `${tool} a 'b c'`,
      cwd: node.home,
      programs: [{ path: tool, realPath: tool }],
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "two words" },
      ],
    });
    expect(pending.why[0]).toContain("is not on the allowlist of agent");
    expect(pending.expiresAtMs - pending.createdAtMs).toBe(58_000);
    const line = node.log.lines.find(({ message }) => message.includes("approvals approve"));
    expect(line?.level).toBe("warn");
    expect(line?.message).toBe(
      `waits 58 s for approval (clawdbot approvals approve ${pending.id}): ${tool} a 'b c'`,
    );
  });

  test("shows shell text as what will really be started", async () => {
    await using scene = await Scene.open();
    const link = scene.node.link("home/linked", scene.tool);
    const text = `cd / && ${link} x | cat`;
    const { pending, answer } = await scene.ask({ command: ["/bin/sh", "-lc", text] });
    expect(pending.command).toBe(`'${link}' 'x' | '/usr/bin/cat'`);
    expect(pending.cwd).toBe("/");
    expect(pending.programs.map(({ path }) => path)).toEqual([link, "/usr/bin/cat"]);
    await scene.resolve(pending, "allow-once");
    expect((await answer).payload.stdout).toBe("ran x\n");
  });

  test("shows shell text that is not understood as it is, and runs exactly that", async () => {
    await using scene = await Scene.open();
    const command = ["/bin/sh", "-c", "for i in 1 2; do echo $i; done"];
    const { pending, answer } = await scene.ask({ command });
    expect(pending.command).toBe("/bin/sh -c 'for i in 1 2; do echo $i; done'");
    expect(pending.programs.map(({ path }) => path)).toEqual(["/bin/sh"]);
    await scene.resolve(pending, "allow-once");
    expect((await answer).payload.stdout).toBe("1\n2\n");
  });

  test.each<[string, number | undefined, number, number]>([
    ["what the gateway waits, less what the answer needs", 20_000, 60_000, 18_000],
    ["what the node waits, where that is less", 20_000, 5000, 5000],
    ["what a gateway waits that does not say", undefined, 60_000, 28_000],
  ])("waits %s", async (_case, timeoutMs, askMs, waitMs) => {
    await using scene = await Scene.open({ askMs });
    const { pending } = await scene.ask(
      {},
      timeoutMs === undefined ? { timeoutMs: null } : { timeoutMs },
    );
    expect(pending.expiresAtMs - pending.createdAtMs).toBe(waitMs);
  });
});

describe("an answer", () => {
  test("once: it runs, and the next one asks again", async () => {
    await using scene = await Scene.open();
    const first = await scene.ask();
    expect(await scene.resolve(first.pending, "allow-once")).toMatchObject({
      runs: true,
      learnt: [],
    });
    expect((await first.answer).payload).toMatchObject({ exitCode: 0, stdout: "ran a b c\n" });
    expect(scene.node.has(file)).toBe(false);
    const second = await scene.ask();
    expect(second.pending.id).not.toBe(first.pending.id);
  });

  test("always: it runs, and the next one does not ask", async () => {
    await using scene = await Scene.open({ lockApprovals: true });
    const { pending, answer } = await scene.ask();
    expect(await scene.resolve(pending, "allow-always")).toMatchObject({
      runs: true,
      learnt: [scene.tool],
    });
    expect((await answer).payload.success).toBe(true);
    expect(scene.node.json(file).agents.main.allowlist).toMatchObject([{ pattern: scene.tool }]);
    const again = await scene.node.gateway.run({ command: [scene.tool] });
    expect(again.payload.stdout).toBe("ran\n");
  });

  test("deny: it does not run, in words that gateways know", async () => {
    await using scene = await Scene.open();
    const { pending, answer } = await scene.ask();
    expect(await scene.resolve(pending, "deny")).toMatchObject({ runs: false, learnt: [] });
    const denied = await answer;
    expect(refusal(denied)).toBe("SYSTEM_RUN_DENIED: denied by the owner of this node");
    expect(denied.events.map(({ event }) => event)).toEqual(["exec.denied"]);
    expect(reasons(denied)).toEqual(["approval-required"]);
    expect(denied.lastTwo).toEqual(["node.event", "node.invoke.result"]);
  });

  test("goes before what the gateway says about approvals", async () => {
    await using scene = await Scene.open();
    const claim = { approved: true, approvalDecision: "allow-always" };
    const denied = await scene.ask(claim);
    await scene.resolve(denied.pending, "deny");
    expect(refusal(await denied.answer)).toContain("denied by the owner");
    // "Always" is what the gateway said; the owner said "once".
    const allowed = await scene.ask(claim);
    await scene.resolve(allowed.pending, "allow-once");
    expect((await allowed.answer).payload.success).toBe(true);
    expect(scene.node.has(file)).toBe(false);
  });

  test.each<[string, Record<string, unknown>, unknown, string]>([
    [
      "an interpreter",
      { command: ["/usr/bin/perl", "-e", "1"] },
      undefined,
      "runs whatever it is told to",
    ],
    [
      "shell text that is not understood",
      { command: ["/bin/sh", "-c", "echo $((1))"] },
      undefined,
      "The shell text is not covered by an allowlist",
    ],
    ["a shell", { command: ["/bin/sh", "-s"] }, undefined, `"/bin/sh" is a shell`],
    ["every agent at once", { agentId: "*" }, undefined, `stands for every agent`],
    [
      "what is asked for every time",
      {},
      policy({ ask: "always", allowlist: ["**"] }),
      "asks for every run",
    ],
    [
      "what may all run, and is asked for every time",
      {},
      policy({ security: "full", ask: "always" }),
      "asks for every run",
    ],
  ])("always, to %s: it runs once, and why", async (_case, params, content, problem) => {
    await using scene = await Scene.open({ policy: content });
    const before = scene.node.has(file) ? scene.node.read(file) : "";
    const { pending, answer } = await scene.ask(params);
    const resolved = await scene.resolve(pending, "allow-always");
    expect(resolved).toMatchObject({ runs: true, learnt: [] });
    expect(resolved.problem).toContain(problem);
    expect((await answer).payload.success).toBe(true);
    expect(scene.node.has(file) ? scene.node.read(file) : "").toBe(before);
  });
});

describe("what changes while a run waits", () => {
  test.each<[string, unknown, string, string]>([
    ["to deny", policy({ security: "deny" }), "SYSTEM_RUN_DISABLED", "security=deny"],
    ["to nonsense", "{", "SYSTEM_RUN_DISABLED", "security=deny"],
    ["to a deny list", policy({}, { deny: ["tool"] }), "deny list", "security=deny"],
    ["to no questions", policy({ ask: "off" }), "allowlist miss", "allowlist-miss"],
  ])("the policy, %s: denied, whatever the owner said", async (_case, content, words, reason) => {
    for (const decision of ["allow-once", "allow-always"] as const) {
      await using scene = await Scene.open();
      const { pending, answer } = await scene.ask();
      scene.node.policy(content);
      const before = scene.node.read(file);
      const { runs, learnt, problem } = await scene.resolve(pending, decision);
      expect({ runs, learnt }).toEqual({ runs: false, learnt: [] });
      expect(problem).toContain(words);
      const denied = await answer;
      expect(refusal(denied)).toContain(words);
      expect(reasons(denied)).toEqual([reason]);
      expect(scene.node.read(file)).toBe(before);
    }
  });

  test.each<[string, unknown]>([
    ["to everything", everything],
    ["to an allowlist that has it", policy({ allowlist: ["**/tool"] })],
  ])("the policy, %s: it runs, and nothing is learnt", async (_case, content) => {
    await using scene = await Scene.open();
    const { pending, answer } = await scene.ask();
    scene.node.policy(content);
    expect(await scene.resolve(pending, "allow-always")).toMatchObject({
      runs: true,
      learnt: [],
      problem: "the policy allows it by now",
    });
    expect((await answer).payload.stdout).toBe("ran a b c\n");
  });

  const swap = ({ node, tool }: Scene): void => {
    renameSync(node.program("home/other", "#!/bin/sh\necho owned\n"), tool);
  };
  test.each<[string, Record<string, unknown>, (scene: Scene, elsewhere: Scratch) => void, unknown]>(
    [
      ["the program", {}, swap, undefined],
      ["the program, where all may run", {}, swap, policy({ security: "full", ask: "always" })],
      [
        "what stands in the program",
        {},
        ({ tool }) => writeFileSync(tool, "#!/bin/sh\necho owned\n"),
        undefined,
      ],
      [
        "what stands in the script",
        { command: ["sed", "-f", "x.sed"] },
        ({ node }) => void node.file("home/x.sed", "1e echo owned\n"),
        undefined,
      ],
      [
        "the program that PATH finds",
        { command: ["mine"] },
        (_scene, elsewhere) => void elsewhere.program("early/mine", "#!/bin/sh\necho owned\n"),
        undefined,
      ],
      [
        "the program in shell text",
        { command: ["/bin/sh", "-lc", "mine && mine"] },
        (_scene, elsewhere) => void elsewhere.program("early/mine", "#!/bin/sh\necho owned\n"),
        undefined,
      ],
      [
        "the way that it is started",
        { command: ["/bin/sh", "-lc", "mine x"] },
        ({ node }) => void node.policy(policy({ security: "full", ask: "always" })),
        undefined,
      ],
    ],
  )("%s: denied, nothing else runs", async (_case, params, change, content) => {
    using elsewhere = new Scratch();
    elsewhere.program("late/mine", "#!/bin/sh\necho mine\n");
    const path = `${elsewhere.at("early")}:${elsewhere.at("late")}:/usr/bin`;
    await using scene = await Scene.open({ policy: content, env: { PATH: path } });
    const { pending, answer } = await scene.ask(params);
    change(scene, elsewhere);
    const before = scene.node.has(file) ? scene.node.read(file) : "";
    const resolved = await scene.resolve(pending, "allow-always");
    expect(resolved).toMatchObject({ runs: false, learnt: [] });
    expect(resolved.problem).toContain("it changed while it was waiting");
    const denied = await answer;
    expect(refusal(denied)).toStartWith("SYSTEM_RUN_DENIED: it changed while it was waiting");
    expect(reasons(denied)).toEqual(["approval-required"]);
    expect(scene.node.has(file) ? scene.node.read(file) : "").toBe(before);
  });

  test("where a link to its directory leads: the other directory is not touched", async () => {
    await using scene = await Scene.open();
    const { node } = scene;
    const shown = node.directory("home/shown");
    const link = node.link("home/link", shown);
    const { pending, answer } = await scene.ask({ command: ["touch", "x"], cwd: link });
    expect(pending.cwd).toBe(shown);
    renameSync(node.link("home/other", node.directory("home/elsewhere")), link);
    expect((await scene.resolve(pending, "allow-once")).problem).toContain("it changed while");
    expect(refusal(await answer)).toContain("it changed while it was waiting");
    expect(node.has("home/elsewhere/x")).toBe(false);
  });

  test("the program, gone: denied", async () => {
    await using scene = await Scene.open();
    const { pending, answer } = await scene.ask();
    renameSync(scene.tool, scene.node.at("elsewhere"));
    expect((await scene.resolve(pending, "allow-once")).runs).toBe(false);
    expect(refusal(await answer)).toContain("SYSTEM_RUN_DENIED");
  });

  test("the connection, lost: withdrawn, nothing runs, and the session is told", async () => {
    await using scene = await Scene.open();
    const { node } = scene;
    const { id } = (await scene.ask()).pending;
    node.gateway.drop();
    await until(() => scene.waiting.length === 0);
    expect(() => node.approvals.resolve(id, "allow-once")).toThrow("it was withdrawn");
    await node.gateway.until(() => node.gateway.connects.length === 2);
    const told = (): boolean =>
      node.gateway.frames.some(({ text }) => text.includes("exec.denied"));
    await node.gateway.until(told);
    const second = await scene.ask();
    await scene.resolve(second.pending, "allow-once");
    expect((await second.answer).payload.success).toBe(true);
  });

  test("the host, stopping: denied at once, in words", async () => {
    await using scene = await Scene.open();
    const { answer } = await scene.ask();
    const drained = scene.node.host.drain(60_000);
    expect(refusal(await answer)).toContain("the node stops, before anybody answered");
    await drained;
  });
});

describe("no answer", () => {
  const full = { security: "full", ask: "always" };
  const always = { ask: "always", allowlist: ["**/tool"] };
  test.each<[string, Record<string, unknown>, string]>([
    ["deny, of what is not listed", {}, "nobody answered"],
    ["deny, of what is listed", always, "nobody answered"],
    ["deny, of what may all run", full, "nobody answered"],
    ["allowlist, of what is not listed", { askFallback: "allowlist" }, "nobody answered"],
    ["allowlist, of what is listed", { ...always, askFallback: "allowlist" }, "ran"],
    ["allowlist, of what may all run", { ...full, askFallback: "allowlist" }, "nobody answered"],
    [
      "full, of what is not listed: no more than security",
      { askFallback: "full" },
      "nobody answered",
    ],
    ["full, of what is listed", { ...always, askFallback: "full" }, "ran"],
    ["full, of what may all run", { ...full, askFallback: "full" }, "ran"],
    ["nonsense is deny", { ...full, askFallback: "yes" }, "nobody answered"],
  ])("askFallback %s", async (_case, main, outcome) => {
    await using scene = await Scene.open({ policy: policy(main), askMs: 30 });
    const answer = await scene.node.gateway.run({ command: [scene.tool] });
    if (outcome === "ran") {
      expect(answer.payload.stdout).toBe("ran\n");
    } else {
      expect(refusal(answer)).toStartWith("SYSTEM_RUN_DENIED: nobody answered within 30 ms\n");
      expect(reasons(answer)).toEqual(["approval-required"]);
    }
  });

  test.each<[string, unknown, string]>([
    ["deny", policy({ security: "deny", askFallback: "full" }), "SYSTEM_RUN_DISABLED"],
    ["a deny list", policy({ ...full, askFallback: "full" }, { deny: ["tool"] }), "deny list"],
    ["nonsense", "{", "SYSTEM_RUN_DISABLED"],
  ])("lifts nothing where the policy has become %s", async (_case, content, words) => {
    await using scene = await Scene.open({
      policy: policy({ ...full, askFallback: "full" }),
      askMs: 300,
    });
    const { answer } = await scene.ask();
    scene.node.policy(content);
    expect(refusal(await answer)).toContain(words);
  });

  test("is no approval by a gateway that claims one", async () => {
    await using scene = await Scene.open({ askMs: 30 });
    const { node, tool } = scene;
    const answer = await node.gateway.run({
      command: [tool],
      approved: true,
      approvalDecision: "allow-always",
    });
    expect(refusal(answer)).toContain("nobody answered");
    expect(node.has(file)).toBe(false);
  });

  test("keeps variables out that only a full policy lets in", async () => {
    await using scene = await Scene.open({
      policy: policy({ ...full, ...always, askFallback: "allowlist" }),
      askMs: 30,
    });
    const { result } = await scene.node.gateway.run({ command: [scene.tool], env: { HOME: "/x" } });
    expect(result).toMatchObject({ ok: false, error: { code: "INVALID_REQUEST" } });
  });
});

describe("nobody is asked", () => {
  test.each<[string, RunningNodeOptions, Record<string, unknown>, number | null, string]>([
    [
      "where that was not wanted",
      { askMs: undefined! },
      {},
      60_000,
      "clawdbot node run --ask-local",
    ],
    ["where no time is left", {}, {}, 2500, "the gateway waits only 3 s"],
    [
      "about what is too long to be read",
      {},
      { command: ["true", "x".repeat(70_000)] },
      null,
      "too long",
    ],
    [
      "about a program that is not there",
      {},
      { command: ["no-such"] },
      null,
      "no executable program",
    ],
    ["for a screen", {}, { needsScreenRecording: true }, null, "approval required"],
    ["under deny", { policy: policy({ security: "deny" }) }, {}, null, "security=deny"],
    [
      "where the policy does not ask",
      { policy: policy({ ask: "off" }) },
      {},
      null,
      "allowlist miss",
    ],
    [
      "about what is on the deny list",
      { policy: policy({ ask: "always" }, { deny: ["true"] }) },
      {},
      null,
      "deny list",
    ],
    ["with variables that are refused", {}, { env: { LD_PRELOAD: "x" } }, null, "LD_PRELOAD"],
  ])("%s: denied at once", async (_case, options, params, timeoutMs, words) => {
    await using scene = await Scene.open(options);
    const paramsJSON = JSON.stringify({ command: ["true"], ...params });
    const answer = await scene.node.gateway.answerTo({
      command: "system.run",
      paramsJSON,
      timeoutMs,
    });
    expect(refusal(answer)).toContain(words);
    expect(scene.waiting).toEqual([]);
  });

  test("where 32 wait already: the 33rd is denied at once, the others are not hurt", async () => {
    await using scene = await Scene.open();
    const asked = [];
    for (let count = 0; count < 32; count += 1) asked.push(await scene.ask());
    const late = await scene.node.gateway.run({ command: [scene.tool] });
    expect(refusal(late)).toContain("too many requests wait");
    for (const { pending } of asked) await scene.resolve(pending, "allow-once");
    for (const { answer } of asked) expect((await answer).payload.success).toBe(true);
  });
});
