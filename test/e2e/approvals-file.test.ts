// The approvals file of a compiled node host while people and operators change it.
import { describe, expect, test } from "bun:test";
import { systemKernelLock } from "../../src/platform/kernel-lock.ts";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { Person, type Program } from "./program.ts";

const approvals = "exec-approvals.json";

class Scene implements AsyncDisposable {
  readonly person = new Person();
  readonly gateway = new InvokingGateway();
  readonly bin = this.person.directory("bin");
  readonly host: Program;

  constructor(policy: unknown) {
    this.person.state(approvals, policy);
    const words = ["node", "run", "--url", this.gateway.url, "--trust-gateway-approvals"];
    this.host = this.person.start(words, { env: { PATH: `${this.bin}:/usr/bin:/bin` } });
  }

  static async connected(policy: unknown): Promise<Scene> {
    const scene = new Scene(policy);
    await scene.gateway.until(() => scene.gateway.connected, "the host connects");
    return scene;
  }

  get patterns(): string[] {
    const { agents } = this.person.json(`home/.clawdbot/${approvals}`);
    const { allowlist = [] } = agents.main ?? {};
    return allowlist.map(({ pattern }: { pattern: string }) => pattern).toSorted();
  }

  always(command: string) {
    return this.gateway.run({ command: [command], approvalDecision: "allow-always" });
  }

  cli(...words: string[]) {
    return this.person.run(["approvals", ...words]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.person[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}

describe("edits at the same time", () => {
  test("of the owner and of the gateway's operators: none is lost", async () => {
    const start = { version: 1, agents: { main: { allowlist: [{ pattern: "/old/1" }] } } };
    await using scene = await Scene.connected(start);
    const learnt = Array.from({ length: 12 }, (_, index) =>
      scene.person.program(`bin/learnt-${index}`),
    );
    const added = Array.from({ length: 4 }, (_, index) => `/added/${index}`);
    const ended = await Promise.all([
      scene.cli("allowlist", "remove", "/old/1", "--agent", "main"),
      ...added.map((pattern) => scene.cli("allowlist", "add", pattern, "--agent", "main")),
      scene.cli("deny", "add", "/never"),
      ...learnt.map(async (path) => {
        const { payload } = await scene.always(path);
        return { code: payload.exitCode };
      }),
    ]);
    expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
    expect(scene.patterns).toEqual([...added, ...learnt].toSorted());
    expect(scene.person.json(`home/.clawdbot/${approvals}`).deny).toEqual(["/never"]);
  });

  test("somebody who never lets go: the owner is told, the run still has its answer", async () => {
    await using scene = await Scene.connected({ version: 1 });
    const release = systemKernelLock.tryTake(scene.person.at("home/.clawdbot/exec-approvals.lock"));
    const program = scene.person.program("bin/learnt");
    const [owner, { payload }] = await Promise.all([
      scene.cli("allowlist", "add", "/a"),
      scene.always(program),
    ]);
    release?.();
    expect(owner.code).toBe(75);
    expect(owner.stderr).toContain("another process is changing it");
    expect(owner.stderr).toContain("fuser");
    expect(payload.exitCode).toBe(0);
    await scene.host.says(/an approval could not be remembered: .*another process/);
    expect(scene.person.json(`home/.clawdbot/${approvals}`)).toEqual({ version: 1 });
  });
});

describe("the use of an allowlist", () => {
  test("is shown to the owner, and leaves policy and hash as they are", async () => {
    const allowlist = [{ pattern: "/**/used" }, { pattern: "/**/unused" }];
    await using scene = await Scene.connected({ version: 1, agents: { main: { allowlist } } });
    const program = scene.person.program("bin/used");
    const before = await scene.gateway.invoke("system.execApprovals.get", {});
    for (const word of ["one", "two\u001b[2J"]) {
      await scene.gateway.run({ command: [program, word] });
    }
    expect((await scene.gateway.run({ command: ["uname"] })).result.ok).toBe(false);
    const after = await scene.gateway.invoke("system.execApprovals.get", {});
    expect(after.payload).toEqual(before.payload);
    scene.host.kill("SIGTERM");
    expect((await scene.host.ended).code).toBe(0);
    const { stdout } = await scene.cli("get");
    expect(stdout).toMatch(
      / {2}\/\*\*\/used +used 2 times, last \d{4}-\d\d-\d\dT\d\d:\d\dZ: \S*used/,
    );
    expect(stdout).toMatch(/ {2}\/\*\*\/unused\n/);
    expect(stdout).not.toContain("\u001b");
    const { stdout: json } = await scene.cli("get", "--json");
    expect(JSON.parse(json)).toEqual(before.payload);
  });

  test("nothing used: no file", async () => {
    await using scene = await Scene.connected({ version: 1 });
    await scene.gateway.run({ command: ["uname"] });
    scene.host.kill("SIGTERM");
    await scene.host.ended;
    expect(scene.person.has("home/.clawdbot/exec-approvals-usage.json")).toBe(false);
    expect(scene.person.has("home/.clawdbot/exec-approvals.lock")).toBe(false);
  });
});
