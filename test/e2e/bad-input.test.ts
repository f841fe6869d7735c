// What a person gets for bad input: one clear line with what to do, the right exit code, no stack,
// and nothing overwritten.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { type Ended, Person } from "./program.ts";

const node = (...words: string[]): string[] => ["node", "run", ...words];
/** Nothing listens there: port 1 is nobody's. */
const nowhere = ["--host", "127.0.0.1", "--port", "1"];

/** An error and at most one line with its remedy; nothing of the program's inside. */
function expectOneClearLine({ stdout, stderr }: Ended, problem: string | RegExp): void {
  expect(stdout).toBe("");
  const lines = stderr.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^Error: Cannot /);
  expect(lines[0]).toMatch(problem);
  expect(lines.length).toBeLessThanOrEqual(2);
  for (const line of lines.slice(1)) expect(line).toStartWith("  ");
  expect(stderr).not.toMatch(/^\s+at |defect|undefined|\[object|\u001b/m);
}

describe("a wrong command line: 2, and no state directory is made", () => {
  test.each<[string[], string]>([
    [["frobnicate"], "there is no such command"],
    [["node", "rnu"], "there is no such command"],
    [node("--bogus"), "there is no such flag"],
    [node("--prot", "1"), "there is no such flag"],
    [node("--port"), "--port without a value"],
    [node("--port", "--tls"), "--port without a value"],
    [node("--port", "0"), "1 to 65535"],
    [node("--port", "99999"), "1 to 65535"],
    [node("--port", "http"), "1 to 65535"],
    [node("--host", "a b"), '--host "a b"'],
    [node("--host", "http://x"), '--host "http://x"'],
    [node("--url", "gateway"), "not a WebSocket address"],
    [node("--url", "ws://u:p@h"), "must not carry a user name"],
    [node("--url", "ws://a", "--port", "1"), "--url together with"],
    [node("--tls-fingerprint", "AA:BB"), "64 hex digits"],
    [node("--tls-fingerprint", "a".repeat(64), "--no-tls"), "--tls-fingerprint with"],
    [node("--wait-for-pairing", "soon"), '--wait-for-pairing "soon"'],
    [node("--drain-timeout", "-1s"), '--drain-timeout "-1s"'],
    [node("--log-format", "xml"), '--log-format "xml"'],
    [node("--profile", "../x"), 'the profile "../x"'],
    [node("extra"), '"extra" here'],
    [node("--once", "--once"), "--once twice"],
    [node("--once=yes"), "it is a switch"],
    [["nodes", "approve"], "without"],
    [["nodes", "approve", "-1", "--timeout", "x"], '--timeout "x"'],
    [["nodes", "run", "--node", "x"], "Cannot"],
  ])("%j", async (words, problem) => {
    await using person = new Person();
    const ended = await person.run(words);
    expect(ended.code).toBe(2);
    expectOneClearLine(ended, problem);
    expect(person.has("home/.clawdbot")).toBe(false);
  });
});

describe("a file that cannot be used: 3, and it stays byte for byte as it is", () => {
  test.each<[sentence: string, name: string, content: unknown, problem: string]>([
    ["half a node.json", "node.json", '{\n  "version": 1,\n  "nodeId"', "not valid JSON"],
    ["an empty node.json", "node.json", "", "it ends too early, at line 1, column 1"],
    ["node.json of a later version", "node.json", { version: 2 }, '"version" is not as expected'],
    [
      "node.json with a port that is none",
      "node.json",
      { version: 1, gateway: { host: "h", port: 0 } },
      '"gateway.port"',
    ],
    [
      "node.json with a pin that is none",
      "node.json",
      { version: 1, gateway: { host: "127.0.0.1", port: 1, tls: true, tlsFingerprint: "x" } },
      "gateway.tlsFingerprint of node.json",
    ],
    [
      "half an identity",
      "identity/device.json",
      '{"version":1,',
      "not valid JSON: it ends too early, at line 1, column 14",
    ],
    [
      "an identity without a key",
      "identity/device.json",
      { version: 1 },
      "not a device identity of version 1",
    ],
    [
      "an identity with a key that is none",
      "identity/device.json",
      { version: 1, deviceId: "x", publicKeyPem: "x", privateKeyPem: "x" },
      "its private key cannot be used",
    ],
    ["a lock that is none", "node.lock", "x".repeat(4096), "node.lock"],
  ])("%s", async (_sentence, name, content, problem) => {
    await using person = new Person();
    const path = person.state(name, content);
    const before = readFileSync(path);
    const ended = await person.run(node(...nowhere, "--once"));
    expect(ended.code).toBe(3);
    expectOneClearLine(ended, problem);
    expect(ended.stderr).toContain(
      name === "node.json" && problem.includes("tlsF") ? "node.json" : path,
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.each<[string, (person: Person) => string]>([
    ["a file in its place", (person) => person.file("home/.clawdbot", "mine")],
    ["a file above it", (person) => `${person.file("file", "mine")}/state`],
    ["a place where nobody can write", () => "/proc/clawdbot"],
  ])("a state directory with %s", async (_case, make) => {
    await using person = new Person();
    const env = { CLAWDBOT_STATE_DIR: make(person) };
    const ended = await person.run(node(...nowhere, "--once"), { env });
    expect(ended.code).toBe(3);
    expectOneClearLine(ended, env.CLAWDBOT_STATE_DIR);
  });

  test.skipIf(process.getuid?.() === 0)("a state directory that may not be written", async () => {
    await using person = new Person();
    const directory = person.directory("read-only", 0o500);
    const ended = await person.run(node(...nowhere, "--once"), {
      env: { CLAWDBOT_STATE_DIR: directory },
    });
    expect(ended.code).toBe(3);
    expectOneClearLine(ended, "EACCES");
  });

  test.each<[string, string[], RegExp]>([
    ["no such token file", ["--token-file", "gone"], /"gone": there is no such file/],
    ["an empty token file", ["--token-file", "empty"], /"empty": it is empty/],
    ["a token file that is a directory", ["--token-file", "."], /it is a directory/],
    ["no such authority", ["--tls-ca-file", "gone.pem"], /gone.pem": there is no such file/],
    ["an authority that is none", ["--tls-ca-file", "empty"], /it holds no PEM certificate/],
  ])("%s", async (_case, words, problem) => {
    await using person = new Person();
    person.file("home/empty", "\n");
    const ended = await person.run(node(...nowhere, "--once", ...words));
    expect(ended.code).toBe(3);
    expectOneClearLine(ended, problem);
    expect(person.has("home/.clawdbot/node.json")).toBe(false);
  });
});

describe("--once: what is in the way decides the exit code", () => {
  /** The warning and its remedy among the log's lines. */
  function expectTold(ended: Ended, headline: RegExp): void {
    const warnings = ended.stderr.split("\n").filter((line) => line.includes("warn: "));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(headline);
    expect(ended.stderr).not.toMatch(/^\s+at |defect|undefined|\[object/m);
    expect(ended.stdout).toBe("");
  }

  test("nothing listens: 75", async () => {
    await using person = new Person();
    const ended = await person.run(node(...nowhere, "--once"));
    expect(ended.code).toBe(75);
    expectTold(ended, /cannot connect to ws:\/\/127\.0\.0\.1:1\/: .*ECONNREFUSED/);
    expect(ended.stderr).toContain("Nothing listens there");
  });

  test("a public host without TLS: 2, and nothing is sent", async () => {
    await using person = new Person();
    const ended = await person.run(node("--host", "gateway.example.com", "--once"));
    expect(ended.code).toBe(2);
    expectOneClearLine(ended, /it would send the token unencrypted/);
    expect(ended.stderr).toContain("--tls");
  });

  test.each([
    ["a wrong token", { CLAWDBOT_GATEWAY_TOKEN: "wrong-token-of-mine" }, "not this gateway's"],
    ["no token", {}, "Give its token with --token-file"],
  ])("%s: 10, and the token is shown nowhere", async (_case, env, remedy) => {
    await using gateway = new EmbeddedGateway();
    await using person = new Person();
    const ended = await person.run(node("--url", gateway.url, "--once", "--verbose"), { env });
    expect(ended.code).toBe(10);
    expectTold(ended, /unauthorized/);
    expect(ended.stderr).toContain(remedy);
    expect(ended.stderr).not.toContain("wrong-token-of-mine");
  });

  test("a device that nobody approved: 11, with the commands that approve it", async () => {
    await using gateway = new EmbeddedGateway({ requirePairing: true });
    await using person = new Person();
    const env = { CLAWDBOT_GATEWAY_TOKEN: "the-test-token" };
    const ended = await person.run(node("--url", gateway.url, "--once"), { env });
    expect(ended.code).toBe(11);
    expectTold(ended, /pairing required/);
    const [, request] = /requestId=(\S+)/.exec(ended.stderr) ?? [];
    const { deviceId } = person.json("home/.clawdbot/identity/device.json");
    expect(ended.stderr).toContain(`deviceId=${deviceId}`);
    expect(ended.stderr).toContain(`clawdbot devices approve ${request}`);
    expect(ended.stderr).toContain(`clawdbot nodes approve ${request} --url ${gateway.url}/`);
  });

  test("--wait-for-pairing that passes in vain: 11", async () => {
    await using gateway = new EmbeddedGateway({ requirePairing: true });
    await using person = new Person();
    const env = { CLAWDBOT_GATEWAY_TOKEN: "the-test-token" };
    const ended = await person.run(node("--url", gateway.url, "--wait-for-pairing", "300ms"), {
      env,
    });
    expect(ended.code).toBe(11);
    expectTold(ended, /pairing required/);
  });

  test("--wait-for-pairing with a wrong token does not wait: 10", async () => {
    await using gateway = new EmbeddedGateway();
    await using person = new Person();
    const env = { CLAWDBOT_GATEWAY_TOKEN: "wrong-token" };
    const ended = await person.run(node("--url", gateway.url, "--wait-for-pairing", "10h"), {
      env,
    });
    expect(ended.code).toBe(10);
  });

  test("another protocol: 13", async () => {
    await using gateway = new InvokingGateway({
      refusal: {
        code: "INVALID_REQUEST",
        message: "protocol mismatch",
        details: { expectedProtocol: 9 },
      },
    });
    await using person = new Person();
    const ended = await person.run(node("--url", gateway.url, "--once"));
    expect(ended.code).toBe(13);
    expectTold(ended, /the gateway speaks protocol 9/);
  });

  test("a web server: 13", async () => {
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response("hi"),
    });
    await using person = new Person();
    const ended = await person.run(node("--url", `ws://127.0.0.1:${server.port}`, "--once"));
    expect(ended.code).toBe(13);
    expect(ended.stderr).toContain("Another program answers there");
  });

  test("TLS where there is none: 12", async () => {
    await using gateway = new InvokingGateway();
    await using person = new Person();
    const ended = await person.run(node("--port", String(gateway.port), "--tls", "--once"));
    expect(ended.code).toBe(12);
  });

  test("a connection that ends: 75", async () => {
    await using gateway = new InvokingGateway();
    await using person = new Person();
    const program = person.start(node("--url", gateway.url, "--once"));
    await gateway.until(() => gateway.connected);
    gateway.close(1012, "service restart");
    expect((await program.ended).code).toBe(75);
  });
});

test("a second host on the same state directory: 14, naming the first one's process", async () => {
  await using person = new Person();
  const first = person.start(node(...nowhere));
  await first.says(/cannot connect/);
  const stored = person.read("home/.clawdbot/node.json");
  const second = await person.run(node("--host", "10.0.0.1", "--display-name", "second", "--once"));
  expect(second.code).toBe(14);
  expectOneClearLine(second, new RegExp(`process ${first.pid} uses this state directory`));
  expect(second.stderr).toContain(`kill ${first.pid}`);
  expect(person.read("home/.clawdbot/node.json")).toBe(stored);
  first.kill("SIGTERM");
  expect((await first.ended).code).toBe(0);
  expect((await person.run(node(...nowhere, "--once"))).code).toBe(75);
});

test("a host that is killed leaves nothing in the next one's way", async () => {
  await using person = new Person();
  const first = person.start(node(...nowhere));
  await first.says(/cannot connect/);
  first.kill("SIGKILL");
  expect((await first.ended).signal).toBe("SIGKILL");
  expect((await person.run(node(...nowhere, "--once"))).code).toBe(75);
});

test("a profile has a state directory of its own", async () => {
  await using person = new Person();
  const first = person.start(node(...nowhere));
  await first.says(/cannot connect/);
  expect((await person.run(node(...nowhere, "--once", "--profile", "work"))).code).toBe(75);
  expect(person.has("home/.clawdbot-work/node.json")).toBe(true);
});
