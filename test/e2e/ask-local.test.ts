// Asking on a machine without a screen: the compiled host waits, another terminal answers.
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { Person, type Program, type StartOptions } from "./program.ts";

class Scene implements AsyncDisposable {
  readonly person = new Person();
  readonly gateway = new InvokingGateway();
  readonly program: Program;
  readonly tool = this.person.program("home/tool", "#!/bin/sh\necho ran $*\n");

  constructor(words: readonly string[] = ["--ask-local"], options: StartOptions = {}) {
    this.program = this.person.start(["node", "run", "--url", this.gateway.url, ...words], options);
  }

  static async connected(words?: readonly string[], options?: StartOptions): Promise<Scene> {
    const scene = new Scene(words, options);
    await scene.program.says(/connected to /);
    await scene.gateway.until(() => scene.gateway.connected);
    return scene;
  }

  /** Asks for a run; gives the command line that the host wants to have typed, and the answer. */
  async ask(command: readonly string[] = [this.tool, "x"]) {
    const told = this.program.stderr.length;
    const answer = this.gateway.run({ command });
    // Not every test waits for it.
    answer.catch(() => {});
    for (;;) {
      const line = /for approval \((.*approvals approve ([0-9a-f]{8}).*?)\): /.exec(
        this.program.stderr.slice(told),
      );
      if (line !== null) return { typed: line[1] ?? "", id: line[2] ?? "", answer };
      await Bun.sleep(5);
    }
  }

  approvals(...words: string[]) {
    return this.person.run(["approvals", ...words]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.person[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}

describe("node run --ask-local", () => {
  test("a run waits, is seen to the letter, and goes ahead once", async () => {
    await using scene = await Scene.connected();
    const { answer, id } = await scene.ask([scene.tool, "p\u0430y\u202e\u200b\u001b[2J\nAgent  x"]);
    const shown = await scene.approvals("pending");
    expect([shown.code, shown.stderr]).toEqual([
      0,
      "Answer with: clawdbot approvals approve ID [--always], or: clawdbot approvals deny ID\n",
    ]);
    expect(shown.stdout).toContain(
      `Command    ${scene.tool} 'p\\u{430}y\\u{202e}\\u{200b}\\u{1b}[2J\\u{a}Agent  x'\n`,
    );
    expect(shown.stdout).toMatch(/^[\x20-\x7e\n]*$/);
    expect(shown.stdout).toMatch(new RegExp(`^ID +${id} +\\(asked .* ago, .* left\\)$`, "m"));
    expect(shown.stdout).toContain("is not on the allowlist of agent");
    const json = JSON.parse((await scene.approvals("pending", "--json")).stdout);
    expect(json).toMatchObject({ v: 1, pending: [{ id, agent: "main", cwd: scene.person.home }] });

    const allowed = await scene.approvals("approve", id.slice(0, 4));
    expect([allowed.code, allowed.stdout]).toEqual([0, ""]);
    expect(allowed.stderr).toStartWith(`Allowed once: ${scene.tool} 'p\\u{430}y`);
    expect((await answer).payload).toMatchObject({ exitCode: 0, success: true });
    expect(await scene.approvals("pending")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "Nothing waits for an answer.\n",
    });
    const late = await scene.approvals("approve", id);
    expect(late).toMatchObject({ code: 1, stdout: "" });
    expect(late.stderr).toContain("it was answered already");
    expect(late.stderr).toContain("clawdbot approvals pending");
  });

  test("always: the file gains the entry, and the next run needs no question", async () => {
    await using scene = await Scene.connected(["--ask-local", "--lock-approvals"]);
    const { answer, id } = await scene.ask();
    const allowed = await scene.approvals("approve", id, "--always");
    expect(allowed.stderr).toBe(
      `Allowed: ${scene.tool} x\n  Allowed for good for agent "main": ${scene.tool}\n`,
    );
    expect((await answer).payload.stdout).toBe("ran x\n");
    const { agents } = scene.person.json("home/.clawdbot/exec-approvals.json");
    expect(agents.main.allowlist).toMatchObject([{ pattern: scene.tool }]);
    const again = await scene.gateway.run({ command: [scene.tool, "y"] });
    expect(again.payload.stdout).toBe("ran y\n");
  });

  test("always, where no entry can say it: once, and why", async () => {
    await using scene = await Scene.connected();
    const { answer, id } = await scene.ask(["/bin/sh", "-c", "echo $((1+1))"]);
    const allowed = await scene.approvals("approve", "--always", id);
    expect(allowed.stderr).toMatch(
      /^Allowed once: .*\n {2}It cannot be allowed for good: The shell/,
    );
    expect((await answer).payload.stdout).toBe("2\n");
    expect(scene.person.has("home/.clawdbot/exec-approvals.json")).toBe(false);
  });

  test("deny: the gateway hears it; the deny list is edited as before", async () => {
    await using scene = await Scene.connected();
    const { answer, id } = await scene.ask();
    const denied = await scene.approvals("deny", id, "--json");
    expect(JSON.parse(denied.stdout)).toMatchObject({ v: 1, id, decision: "deny", runs: false });
    expect(denied.code).toBe(0);
    const { result } = await answer;
    expect(result.error.message).toBe("SYSTEM_RUN_DENIED: denied by the owner of this node");

    expect((await scene.approvals("deny", "add", "/bin/rm")).stderr).toContain("Denied: /bin/rm");
    const removed = await scene.approvals("deny", "remove", "/bin/rm");
    expect(removed.stderr).toContain("Removed: /bin/rm");
    expect((await scene.approvals("deny", "add")).code).toBe(2);
    expect((await scene.approvals("deny", "ad", "/bin/rm")).stderr).toContain("no such command");
  });

  test("what changed while it waited does not run, and the approver hears it", async () => {
    await using scene = await Scene.connected();
    const { answer, id } = await scene.ask();
    scene.person.state("exec-approvals.json", { version: 1, defaults: { security: "deny" } });
    const refused = await scene.approvals("approve", id);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toStartWith(`Error: Cannot run "${scene.tool} x": SYSTEM_RUN_DISABLED`);
    expect((await answer).result.ok).toBe(false);
  });

  test("nobody answers: denied after the time that was given", async () => {
    await using scene = await Scene.connected(["--ask-local", "--ask-timeout", "1s"]);
    const { answer, id } = await scene.ask();
    const { result } = await answer;
    expect(result.error.message).toStartWith("SYSTEM_RUN_DENIED: nobody answered within 1 s\n");
    expect((await scene.approvals("deny", id)).stderr).toContain("nobody answered in time");
  });

  test("the socket is this user's alone, and goes with the host, what waits with it", async () => {
    await using scene = await Scene.connected();
    const socket = scene.person.at("home/.clawdbot/node.sock");
    expect(statSync(socket).isSocket()).toBe(true);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const { answer } = await scene.ask();
    scene.program.kill("SIGTERM");
    expect((await answer).result.error.message).toContain("before anybody answered");
    expect((await scene.program.ended).code).toBe(0);
    expect(scene.person.has("home/.clawdbot/node.sock")).toBe(false);
    const gone = await scene.approvals("pending");
    expect(gone).toMatchObject({ code: 75, stdout: "" });
    expect(gone.stderr).toContain("none is running there");
  });

  test("a host that was killed leaves a socket that the next one replaces", async () => {
    await using scene = await Scene.connected();
    scene.program.kill("SIGKILL");
    await scene.program.ended;
    expect((await scene.approvals("pending")).stderr).toContain("none is running there");
    const next = scene.person.start(["node", "run", "--url", scene.gateway.url, "--ask-local"]);
    await next.says(/connected to /);
    expect((await scene.approvals("pending")).code).toBe(0);
  });

  test("the line to paste reaches the host from any terminal", async () => {
    await using named = await Scene.connected(["--ask-local", "--profile", "work"]);
    const { typed, id } = await named.ask();
    expect(typed).toBe(`clawdbot approvals approve ${id} --profile work`);
    expect((await named.approvals("approve", id)).code).toBe(75);
    expect((await named.approvals("approve", id, "--profile", "work")).code).toBe(0);

    const env = { CLAWDBOT_STATE_DIR: "~/some where" };
    await using placed = await Scene.connected(["--ask-local"], { env });
    const other = await placed.ask();
    expect(other.typed).toBe(
      `CLAWDBOT_STATE_DIR='~/some where' clawdbot approvals approve ${other.id}`,
    );
  });
});

describe("a host that does not ask", () => {
  test("says so to whoever wants to answer", async () => {
    await using scene = await Scene.connected([]);
    const { result } = await scene.gateway.run({ command: [scene.tool] });
    expect(result.error.message).toStartWith("SYSTEM_RUN_DENIED: approval required\n");
    await scene.person.appears("home/.clawdbot/node.sock");
    const { code, stderr } = await scene.approvals("approve", "abcd");
    expect(code).toBe(75);
    expect(stderr).toContain("it was started without --ask-local");
  });

  test("because its socket has no place: it goes on, and says why", async () => {
    await using person = new Person();
    await using gateway = new InvokingGateway();
    person.state("node.sock", "mine");
    const program = person.start(["node", "run", "--url", gateway.url, "--ask-local"]);
    await program.says(/something else than a socket is there/);
    await program.says(/connected to /);
    const { result } = await gateway.run({ command: ["uname"] });
    expect(result.error.message).toStartWith("SYSTEM_RUN_DENIED: approval required\n");
    expect(person.read("home/.clawdbot/node.sock")).toBe("mine");
  });

  test.each([["0"], ["999ms"], ["soon"]])("--ask-timeout %s is refused", async (value) => {
    await using person = new Person();
    const { code, stderr } = await person.run(["node", "run", "--ask-timeout", value]);
    expect(code).toBe(2);
    expect(stderr).toContain(`--ask-timeout "${value}"`);
  });
});

test("with the embedded gateway and its operator, from one end to the other", async () => {
  await using gateway = new EmbeddedGateway();
  await using person = new Person();
  const env = { CLAWDBOT_GATEWAY_TOKEN: "the-test-token" };
  const node = person.start(
    ["node", "run", "--url", gateway.url, "--display-name", "box", "--ask-local"],
    { env },
  );
  await node.says(/connected to /);
  const operator = person.start(
    ["nodes", "run", "--node", "box", "--url", gateway.url, "--", "uname"],
    { env },
  );
  const [, id = ""] = await node.says(/approvals approve ([0-9a-f]{8})/);
  expect((await person.run(["approvals", "approve", id])).code).toBe(0);
  expect(await operator.ended).toMatchObject({ code: 0, stdout: "Linux\n" });
});
