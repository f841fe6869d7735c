// The whole line in one process: our operator, our gateway, our node, a real command.
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandLine } from "../fakes/command-line.ts";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";

const openPolicy = { version: 1, defaults: { security: "full", ask: "off" }, agents: {} };

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await Bun.sleep(50);
  }
  throw new Error(`not within 10 s: ${what}`);
}

/** A node host in this process, ended by a signal as a service manager would. */
class TestNode implements AsyncDisposable {
  readonly name = "test-box";
  readonly #line: CommandLine;
  readonly #ended: Promise<unknown>;

  constructor(line: CommandLine, gateway: EmbeddedGateway) {
    this.#line = line;
    this.#ended = line.call("node", "run", "--url", gateway.url, "--display-name", "Test Box");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A node that ended by itself has no ear for signals any more.
    await Promise.race([this.#line.signal("SIGTERM"), this.#ended]);
    await this.#ended;
  }
}

function allowEverything(line: CommandLine): void {
  mkdirSync(join(line.home, ".clawdbot"), { recursive: true });
  writeFileSync(join(line.home, ".clawdbot", "exec-approvals.json"), JSON.stringify(openPolicy));
}

async function connectedNode(operator: CommandLine): Promise<any> {
  return until("the node is connected", async () => {
    const { nodes } = await operator.json("nodes", "status", "--connected");
    return nodes[0];
  });
}

describe("our operator on our gateway", () => {
  test("sees a node that waits, approves it, and runs a command on it", async () => {
    await using gateway = new EmbeddedGateway({ requirePairing: true });
    using operator = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
    using machine = new CommandLine();
    allowEverything(machine);
    await using node = new TestNode(machine, gateway);

    const request = await until("the node asks", async () => {
      const { pending } = await operator.json("nodes", "pending");
      return pending.find((one: any) => one.displayName === "Test Box");
    });
    expect(request).toMatchObject({ gate: "device", roles: ["node"], platform: process.platform });
    const approved = await operator.call("nodes", "approve", request.requestId.slice(0, 8));
    expect(approved.stdout).toBe('Approved "Test Box": it may connect as a node\n');

    expect(await connectedNode(operator)).toMatchObject({ displayName: "Test Box", paired: true });
    const run = (...words: string[]) =>
      operator.call("nodes", "run", "--node", node.name, ...words);
    const script = 'pwd; printf "%s" "$COLOUR"; echo oops >&2; exit 7';
    const ran = await run("--cwd", "/", "--env", "COLOUR=blue", "--", "/bin/sh", "-c", script);
    expect(ran).toEqual({ code: 7, stdout: "/\nblue", stderr: "oops\n" });

    expect((await run("--timeout", "300ms", "--", "sleep", "30")).code).toBe(124);
    expect((await run("--", "/no/such")).code).toBe(127);
    expect((await run("--raw", "kill -9 $$")).code).toBe(137);

    const which = await operator.call("nodes", "which", "--node", node.name, "sh", "no-such-thing");
    expect(which.code).toBe(1);
    expect(which.stdout).toMatch(/^sh  \/.*\/sh\n$/);
    expect((await operator.call("nodes", "describe", node.name)).stdout).toContain("system.which");
  }, 20_000);

  test("a rejected node can ask again under another number", async () => {
    await using gateway = new EmbeddedGateway({ requirePairing: true });
    using operator = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
    using machine = new CommandLine();
    await using node = new TestNode(machine, gateway);
    const ask = async (other?: string): Promise<string> =>
      until("the node asks", async () => {
        const { pending } = await operator.json("nodes", "pending");
        const asked = pending.find((one: any) => one.requestId !== other);
        return asked?.requestId;
      });
    const first = await ask();
    expect((await operator.call("nodes", "reject", first)).code).toBe(0);
    const second = await ask(first);
    expect((await operator.call("nodes", "approve", first)).stderr).toContain("no such request");
    expect((await operator.call("nodes", "approve", second)).code).toBe(0);
    await connectedNode(operator);
    expect((await operator.call("nodes", "describe", node.name)).code).toBe(0);
  }, 20_000);

  test("the guard's refusal reaches the person with its remedy", async () => {
    await using gateway = new EmbeddedGateway();
    using operator = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
    using machine = new CommandLine();
    await using node = new TestNode(machine, gateway);
    await connectedNode(operator);
    const refused = await operator.call(
      "nodes",
      "run",
      "--node",
      node.name,
      "--",
      "/bin/echo",
      "hi",
    );
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: "" });
    expect(refused.stderr).toStartWith('Error: Refused by the node "Test Box": SYSTEM_RUN_DENIED');
    expect(refused.stderr.split("\n").length).toBeGreaterThan(2);
  });

  test("operator and node may share one machine and one key", async () => {
    await using gateway = new EmbeddedGateway();
    using machine = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
    allowEverything(machine);
    await using node = new TestNode(machine, gateway);
    const before = await connectedNode(machine);
    const ran = await machine.call("nodes", "run", "--node", node.name, "--", "echo", "hi");
    expect(ran).toEqual({ code: 0, stdout: "hi\n", stderr: "" });
    expect(await connectedNode(machine)).toEqual(before);
  });

  test("a wrong token, and none", async () => {
    await using gateway = new EmbeddedGateway();
    using stranger = new CommandLine({ CLAWDBOT_GATEWAY_TOKEN: "wrong-token" });
    using nobody = new CommandLine({ CLAWDBOT_GATEWAY_TOKEN: "" });
    const [wrong, none] = await Promise.all([
      stranger.call("nodes", "status", "--url", gateway.url),
      nobody.call("nodes", "status", "--url", gateway.url),
    ]);
    expect([wrong.code, none.code]).toEqual([10, 10]);
    expect(wrong.stderr).toContain("is not this gateway's");
    expect(none.stderr).toContain("--token-file FILE");
  });
});
