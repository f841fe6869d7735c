// `node status` of the compiled executable, about a host that runs in a terminal.
import { describe, expect, test } from "bun:test";
import { InvokingGateway, type InvokingOptions } from "../fakes/invoking-gateway.ts";
import { RawServer } from "../fakes/raw-server.ts";
import { Person, type Program } from "./program.ts";

class Scene implements AsyncDisposable {
  readonly person = new Person();
  readonly gateway: InvokingGateway;

  constructor(options: InvokingOptions = {}) {
    this.gateway = new InvokingGateway(options);
  }

  /** Starts a host and waits until it can be asked. */
  async host(...words: string[]): Promise<Program> {
    const program = this.person.start(["node", "run", "--url", this.gateway.url, ...words]);
    const profile = words[words.indexOf("--profile") + 1];
    const suffix = words.includes("--profile") ? `-${profile}` : "";
    await this.person.appears(`home/.clawdbot${suffix}/node.sock`);
    return program;
  }

  text(...words: string[]) {
    return this.person.run(["node", "status", ...words]);
  }

  async json(...words: string[]) {
    const { code, stdout, stderr } = await this.text("--json", ...words);
    return { code, stderr, json: JSON.parse(stdout) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.person[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}

describe("node status", () => {
  test("nothing runs: that is all it says", async () => {
    await using scene = new Scene();
    const { code, json } = await scene.json();
    expect(code).toBe(1);
    expect(json).toMatchObject({ v: 1, service: { installed: false }, host: { running: false } });
    expect((await scene.text()).stdout).toMatch(/^Host: +not running$/m);
    expect(scene.person.has("home/.clawdbot")).toBe(false);
  });

  test("connected: to what, since when, as what, under which policy", async () => {
    await using scene = new Scene({ version: "2026.1.24-3" });
    const program = await scene.host("--display-name", "box");
    await program.says(/connected to /);
    await scene.gateway.run({ command: ["/bin/true"] });
    const { code, json, stderr } = await scene.json();
    expect([code, stderr]).toEqual([0, ""]);
    expect(json).toMatchObject({
      v: 1,
      service: { installed: false, command: null },
      host: {
        running: true,
        pid: program.pid,
        displayName: "box",
        outdated: false,
        connection: { state: "connected", url: `${scene.gateway.url}/`, failures: 0 },
        gateway: { version: "2026.1.24-3", host: "invoking", protocol: 3 },
        pairing: { state: "approved" },
        lastError: null,
        policy: { exists: false, security: "allowlist", ask: "on-miss", allowlist: 0 },
        runs: { running: 0, started: 0, awaitingApproval: null },
      },
    });
    const { host } = json;
    expect(host.connection.sinceMs).toBeGreaterThanOrEqual(host.startedAtMs);
    expect(Math.abs(host.connection.clockSkewMs)).toBeLessThan(60_000);
    expect(host.memoryBytes).toBeGreaterThan(1024 * 1024);
    expect(host.path).toBeUndefined();
    const { stdout } = await scene.text();
    expect(stdout).toMatch(/^Runtime: +not installed$/m);
    expect(stdout).toMatch(/^Host: +connected for .*, since 20..-..-.. ..:..:.. UTC \(pid \d+\)$/m);
    expect(stdout).toMatch(/^Gateway: .* invoking {2}version 2026\.1\.24-3, protocol 3$/m);
    expect(stdout).toMatch(/^Pairing: +approved \(device [0-9a-f]{12}\)$/m);
    expect(stdout).toMatch(/^Policy: +allowlist, ask on-miss, allowlist of 0 entries /m);
  });

  test("a run counts, and so does one that waits for its owner", async () => {
    await using scene = new Scene();
    const policy = { version: 1, defaults: { security: "full", ask: "off" } };
    scene.person.state("exec-approvals.json", policy);
    await (await scene.host("--ask-local")).says(/connected to /);
    await scene.gateway.run({ command: ["/bin/true"] });
    const { json } = await scene.json();
    expect(json.host.runs).toEqual({ running: 0, started: 1, awaitingApproval: 0 });
    expect(json.host.policy).toMatchObject({ security: "full", ask: "off", exists: true });
    scene.person.state("exec-approvals.json", { ...policy, defaults: { ask: "always" } });
    const answer = scene.gateway.run({ command: ["/bin/sleep", "1000"] });
    answer.catch(() => {});
    for (;;) {
      const { runs } = (await scene.json()).json.host;
      if (runs.awaitingApproval === 1) break;
    }
  });

  test.each<[string, InvokingOptions, number, object, RegExp]>([
    [
      "a wrong token",
      { refusal: { code: "INVALID_REQUEST", message: "unauthorized: gateway token mismatch" } },
      10,
      { lastError: { kind: "auth", exitCode: 10 }, pairing: { state: "unknown" } },
      /^Last error: .* ago: auth: unauthorized: gateway token mismatch\n +Give its token with /m,
    ],
    [
      "pairing",
      {
        refusal: {
          code: "NOT_PAIRED",
          message: "pairing required",
          details: { requestId: "req;1" },
        },
      },
      11,
      { pairing: { state: "required", requestId: "req;1" }, lastError: { kind: "pairing" } },
      /^Pairing: +an operator has to approve .*\n +clawdbot nodes approve 'req;1' --url ws:/m,
    ],
    [
      "another protocol",
      { refusal: { code: "INVALID_REQUEST", message: "protocol mismatch" } },
      13,
      { lastError: { kind: "protocol" } },
      /upgrade the older of the two/,
    ],
  ])(
    "held up by %s: the remedy, and an exit code of its own",
    async (_what, options, ...wanted) => {
      await using scene = new Scene(options);
      const [exit, host, line] = wanted;
      await scene.host();
      const { code, json } = await scene.json();
      expect(code).toBe(exit);
      expect(json.host).toMatchObject({ running: true, gateway: null, ...host });
      expect(json.host.connection).toMatchObject({ state: "retrying", failures: 1 });
      expect(json.host.connection.retryAtMs).toBeGreaterThan(json.host.startedAtMs);
      const text = await scene.text();
      expect(text.code).toBe(exit);
      expect(text.stdout).toMatch(/^Host: +NOT CONNECTED for .* 1 attempt failed, the next one /m);
      expect(text.stdout).toMatch(line);
    },
  );

  test("a gateway that is gone; what was wrong stays told when it is back", async () => {
    await using scene = new Scene();
    const program = await scene.host();
    await program.says(/connected to /);
    scene.gateway.close(1012, "service restart");
    await scene.gateway.until(() => scene.gateway.connects.length === 2);
    for (;;) {
      const { code, json } = await scene.json();
      if (code !== 0) continue;
      expect(json.host.lastError).toMatchObject({ kind: "restarting" });
      break;
    }
    expect((await scene.text()).stdout).toMatch(/^Last error: .* ago: restarting: /m);
  });

  test("a server that never answers: connecting", async () => {
    await using server = await RawServer.start(() => {});
    await using scene = new Scene();
    scene.person.start(["node", "run", "--url", `ws://127.0.0.1:${server.port}`]);
    await scene.person.appears("home/.clawdbot/node.sock");
    const { code, json } = await scene.json();
    expect([code, json.host.connection.state]).toEqual([75, "connecting"]);
  });

  test("of a profile, and of no other", async () => {
    await using scene = new Scene();
    await (await scene.host("--profile", "work")).says(/connected to /);
    expect((await scene.json("--profile", "work")).code).toBe(0);
    expect((await scene.json()).code).toBe(1);
  });

  test("what cannot be asked is told as that", async () => {
    await using scene = new Scene();
    scene.person.state("node.sock", "mine");
    const program = scene.person.start(["node", "run", "--url", scene.gateway.url]);
    await program.says(/something else than a socket is there/);
    expect(program.stderr).toContain("connected to ");
    const { code, json } = await scene.json();
    expect(code).toBe(75);
    expect(json.host).toMatchObject({
      running: null,
      problem: expect.stringContaining("node.sock"),
    });
  });

  test("no secret is in it", async () => {
    const message = "unauthorized: token=abcdefghijkl0123456789 is wrong, s3cret-s3cret too";
    await using scene = new Scene({ refusal: { code: "INVALID_REQUEST", message } });
    const env = { CLAWDBOT_GATEWAY_TOKEN: "s3cret-s3cret" };
    const url = `${scene.gateway.url}/x?token=inTheAddress123`;
    scene.person.start(["node", "run", "--url", url], { env });
    await scene.person.appears("home/.clawdbot/node.sock");
    const { stdout } = await scene.text("--json");
    for (const secret of ["abcdefghijkl", "s3cret", "inTheAddress"]) {
      expect(stdout).not.toContain(secret);
      expect((await scene.text()).stdout).not.toContain(secret);
    }
    expect(JSON.parse(stdout).host.lastError.message).toContain("is wrong");
  });
});
