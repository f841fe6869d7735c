// `nodes status`, `list` and `describe`, over a real socket.
import { describe, expect, test } from "bun:test";
import { CommandLine, type Ended } from "../fakes/command-line.ts";
import { type Script, scriptedGateway } from "../fakes/scripted-gateway.ts";

const build = {
  nodeId: "13d328198dd3761795f52f05d2d1d925b74d079b8bb0cd7c96cfed95ad848431",
  displayName: "Build Box",
  platform: "linux",
  version: "2026.1.24-3",
  remoteIp: "127.0.0.1",
  caps: ["system"],
  commands: ["system.run", "system.which"],
  connectedAtMs: Date.now() - 5000,
  paired: true,
  connected: true,
};
const pi = { nodeId: "e34625824eb2b41041f08050eb6be6ded1c7afb3", paired: true, connected: false };

const withNodes = (nodes: unknown): Script => ({
  answers: {
    "node.list": { payload: { ts: 1, nodes } },
    "node.describe": ({ nodeId }) => ({
      payload: { ts: 1, ...(nodeId === pi.nodeId ? pi : build) },
    }),
    "device.pair.list": { payload: { pending: [], paired: [] } },
  },
});

async function on(script: Script, ...words: string[]): Promise<Ended> {
  await using gateway = scriptedGateway(script);
  using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
  return await line.call("nodes", ...words);
}

describe("nodes status", () => {
  test("shows every node", async () => {
    const { code, stdout, stderr } = await on(withNodes([build, pi]), "status");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Build Box +13d328198dd3 +linux .* connected 5 s +yes +system\.run/m);
    expect(stdout).toMatch(/^- +e34625824eb2 .* not connected +yes +-$/m);
  });

  test("--connected leaves out the others", async () => {
    const { stdout } = await on(withNodes([build, pi]), "status", "--connected", "--json");
    expect(JSON.parse(stdout).nodes).toEqual([build]);
  });

  test("no node at all is said on standard error", async () => {
    const { code, stdout, stderr } = await on(withNodes([]), "status");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("clawdbot node run");
  });

  test("--json passes values on and keeps them harmless on a terminal", async () => {
    const name = "a\u009b2J\u202eb\u001b[1m";
    const { stdout } = await on(withNodes([{ ...build, displayName: name }]), "status", "--json");
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(stdout)).toMatchObject({ v: 1, nodes: [{ displayName: name }] });
  });

  test("twenty thousand nodes are a long table, not a failure", async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({ ...build, nodeId: `n-${index}` }));
    const { code, stdout } = await on(withNodes(many), "status");
    expect(code).toBe(0);
    expect(stdout.split("\n").length).toBe(20_002);
  });

  test.each<[string, unknown, string]>([
    ["null", null, "at /nodes"],
    ["a node without an id", [build, { displayName: "x" }], "at /nodes/1/nodeId"],
    ["an empty id", [{ ...build, nodeId: "" }], "at /nodes/0/nodeId"],
    ["commands that are a text", [{ ...build, commands: "system.run" }], "at /nodes/0/commands"],
    ["a time that is a text", [{ ...build, connectedAtMs: "now" }], "at /nodes/0/connectedAtMs"],
  ])("%s for nodes is told, with its place", async (_case, nodes, place) => {
    const { code, stderr } = await on(withNodes(nodes), "status");
    expect(code).toBe(13);
    expect(stderr).toContain(`Cannot read the answer to node.list: ${place}`);
  });

  test("null fields count as absent", async () => {
    const bare = { nodeId: "n", displayName: null, commands: null, connectedAtMs: null };
    expect((await on(withNodes([bare]), "status")).stdout).toMatch(/^- +n +- +-/m);
  });
});

describe("nodes list", () => {
  test("shows what is pending and what is paired", async () => {
    const { stdout } = await on(withNodes([build]), "list");
    expect(stdout).toStartWith("Pending: none\n\nNodes: 1\n  NAME ");
  });

  test("--json has both", async () => {
    const { stdout } = await on(withNodes([build]), "list", "--json");
    expect(JSON.parse(stdout)).toEqual({
      v: 1,
      ts: expect.any(Number),
      pending: [],
      nodes: [build],
    });
  });
});

describe("nodes describe", () => {
  test.each([
    ["by a word", ["describe", "build-box"]],
    ["by --node", ["describe", "--node", "13d328198dd3"]],
  ])("finds the node %s", async (_case, words) => {
    const { code, stdout } = await on(withNodes([build, pi]), ...words);
    expect(code).toBe(0);
    expect(stdout).toContain(build.nodeId);
  });

  test("--json has the node", async () => {
    const { stdout } = await on(withNodes([build, pi]), "describe", "Build Box", "--json");
    expect(JSON.parse(stdout)).toEqual({ v: 1, ts: expect.any(Number), node: build });
  });

  test.each([
    ["no node", ["describe"], 2, "Cannot run this without --node"],
    ["two nodes", ["describe", "a", "--node", "b"], 2, "one node is wanted"],
    ["an unknown node", ["describe", "nope"], 1, 'Cannot find the node "nope": unknown node'],
  ])("refuses %s", async (_case, words, code, text) => {
    const ended = await on(withNodes([build, pi]), ...words);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(text);
  });
});

describe("what all of them share", () => {
  test.each([
    ["an unknown flag", ["status", "--jsn"], 2, "Did you mean --json?"],
    ["a flag without its value", ["status", "--url"], 2, "Cannot use --url without a value"],
    ["a bad address", ["status", "--url", "x"], 2, "it is not a WebSocket address"],
    ["a bad time", ["status", "--timeout", "soon"], 2, "it is not a duration"],
    ["seconds without a unit", ["status", "--timeout", "30"], 2, "--timeout 30s"],
    ["a missing token file", ["status", "--token-file", "/no/such"], 3, "there is no such file"],
    ["a bad profile", ["status", "--profile", "../x"], 2, 'Cannot use the profile "../x"'],
    ["a bad fingerprint", ["status", "--url", "wss://h", "--tls-fingerprint", "x"], 2, "64 hex"],
    ["a superfluous word", ["status", "all"], 2, "nothing is expected at this place"],
  ])("%s is one clear line", async (_case, words, code, text) => {
    const ended = await on(withNodes([]), ...words);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
    expect(ended.stderr).toContain(text);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  });

  test("public addresses get no token in clear", async () => {
    const ended = await on(withNodes([]), "status", "--url", "ws://gateway.example.com");
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("unencrypted over a public network");
  });

  test("the token comes from standard input with --token-file -", async () => {
    await using gateway = scriptedGateway(withNodes([]));
    using line = new CommandLine();
    line.standardInput = "from-stdin\n";
    await line.call("nodes", "status", "--url", gateway.url, "--token-file", "-");
    expect(gateway.connects[0].auth).toEqual({ token: "from-stdin" });
  });

  test("a device key is made once and kept", async () => {
    await using gateway = scriptedGateway(withNodes([]));
    using line = new CommandLine();
    await line.call("nodes", "status", "--url", gateway.url);
    await line.call("nodes", "status", "--url", gateway.url);
    const [first, second] = gateway.connects;
    expect(first.device.id).toMatch(/^[0-9a-f]{64}$/);
    expect(second.device.id).toBe(first.device.id);
  });

  test("a token never shows up in an error", async () => {
    const message = "unauthorized: the-test-token is wrong";
    await using gateway = scriptedGateway({
      connect: { error: { code: "INVALID_REQUEST", message } },
    });
    using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
    const ended = await line.call("nodes", "status");
    expect(ended.code).toBe(10);
    expect(ended.stderr).not.toContain("the-test-token");
    expect(ended.stderr).toContain("[redacted]");
  });

  for (const name of [
    "status",
    "list",
    "describe",
    "pending",
    "approve",
    "reject",
    "invoke",
    "run",
    "which",
  ]) {
    test(`${name} --help is enough to use it`, async () => {
      using line = new CommandLine();
      const { code, stdout, stderr } = await line.call("nodes", name, "--help");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      for (const part of ["Usage:", "--url ws://HOST:PORT", "--json", "Exit codes:", "Examples:"]) {
        expect(stdout).toContain(part);
      }
    });
  }
});
