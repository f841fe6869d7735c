// `system.execApprovals.get` and `set`, and `system.which`, over a real connection.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { RunningNode } from "./running-node.ts";

const reference = join(import.meta.dir, "..", "fixtures", "clawdbot-state", "exec-approvals.json");
const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const get = (node: RunningNode) => node.gateway.invoke("system.execApprovals.get", {});
const set = (node: RunningNode, params: unknown) =>
  node.gateway.invoke("system.execApprovals.set", params);
const path = (node: RunningNode): string => node.at("home/exec-approvals.json");

describe("system.execApprovals.get", () => {
  test("shows exactly four keys, in the reference's order, and makes no file", async () => {
    await using node = await RunningNode.connected();
    const { result, payload } = await get(node);
    expect(Object.keys(payload)).toEqual(["path", "exists", "hash", "file"]);
    expect(payload).toEqual({
      path: path(node),
      exists: false,
      hash: nothing,
      file: { version: 1, defaults: {}, agents: {} },
    });
    expect(result.nodeId).toBe("the-node");
    expect(node.has("home/exec-approvals.json")).toBe(false);
  });

  test("shows the reference's file without the secret of its socket, and leaves it as it is", async () => {
    await using node = await RunningNode.connected();
    cpSync(reference, path(node));
    const text = node.read("home/exec-approvals.json");
    const { payload } = await get(node);
    expect(payload).toMatchObject({ exists: true, hash: sha256(text) });
    expect(payload.file.socket).toEqual({ path: JSON.parse(text).socket.path });
    expect(payload.file.agents).toEqual(JSON.parse(text).agents);
    expect(node.read("home/exec-approvals.json")).toBe(text);
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    ["no file", undefined, {}],
    [
      "settings",
      { version: 1, defaults: { security: "full", ask: "off" } },
      { security: "full", ask: "off" },
    ],
    [
      "an agent's own, which are no defaults",
      { version: 1, agents: { "*": { ask: "always" } } },
      {},
    ],
    ["a word that nobody knows", { version: 1, defaults: { ask: "maybe" } }, { ask: "always" }],
    ["a damaged file", "{", { security: "deny" }],
    ["another version's file", { version: 9 }, { security: "deny" }],
  ])("says what its defaults come to, when asked: %s", async (_case, policy, told) => {
    await using node = await RunningNode.connected(policy === undefined ? {} : { policy });
    const params = { includeResolvedDefaults: true };
    const { payload } = await node.gateway.invoke("system.execApprovals.get", params);
    expect(Object.keys(payload)).toEqual(["path", "exists", "hash", "file", "resolvedDefaults"]);
    expect(payload.resolvedDefaults).toEqual({
      security: "allowlist",
      ask: "on-miss",
      askFallback: "deny",
      autoAllowSkills: false,
      ...told,
    });
  });

  test.each([[{ includeResolvedDefaults: false }], [{}], [null], [{ later: 1 }]])(
    "%j asks for nothing more",
    async (params) => {
      await using node = await RunningNode.connected();
      const { payload } = await node.gateway.invoke("system.execApprovals.get", params);
      expect(payload).not.toHaveProperty("resolvedDefaults");
    },
  );

  test("a wish that makes no sense is refused", async () => {
    await using node = await RunningNode.connected();
    const params = { includeResolvedDefaults: "yes" };
    const { result } = await node.gateway.invoke("system.execApprovals.get", params);
    expect(result.error.message).toBe(
      "Error: INVALID_REQUEST: includeResolvedDefaults must be boolean",
    );
  });

  test("a file that cannot be read is an answer too", async () => {
    await using node = await RunningNode.connected();
    node.directory("home/exec-approvals.json");
    const { result } = await get(node);
    expect(result).toMatchObject({ ok: false, error: { code: "UNAVAILABLE" } });
    expect(result.error.message).toContain("it is a directory");
  });
});

describe("system.execApprovals.set", () => {
  const file = { version: 1, defaults: { security: "deny" } };

  test.each<[string, unknown]>([
    ["nothing", {}],
    ["null", { file: null }],
    ["a text", { file: "x" }],
    ["a list", { file: [] }],
    ["parameters that are null", null],
    ["parameters that are a list", []],
  ])("wants a file: %s", async (_case, params) => {
    await using node = await RunningNode.connected();
    expect((await set(node, params)).result.error).toEqual({
      code: "INVALID_REQUEST",
      message: "Error: INVALID_REQUEST: exec approvals file required",
    });
  });

  test("wants the hash of the file that it replaces", async () => {
    await using node = await RunningNode.connected({ policy: file });
    const text = node.read("home/exec-approvals.json");
    for (const baseHash of [undefined, null, "", " "]) {
      expect((await set(node, { file, baseHash })).result.error).toEqual({
        code: "INVALID_REQUEST",
        message: "Error: INVALID_REQUEST: exec approvals base hash required; reload and retry",
      });
    }
    for (const baseHash of ["x", nothing, sha256(text).toUpperCase()]) {
      expect((await set(node, { file, baseHash })).result.error).toEqual({
        code: "INVALID_REQUEST",
        message: "Error: INVALID_REQUEST: exec approvals changed; reload and retry",
      });
    }
    expect(node.read("home/exec-approvals.json")).toBe(text);
    const { payload } = await set(node, { file: { version: 1 }, baseHash: ` ${sha256(text)} ` });
    expect(payload.file).toEqual({ version: 1 });
  });

  test("a machine without a file takes one with no hash, or the hash of nothing", async () => {
    for (const baseHash of [undefined, nothing]) {
      await using node = await RunningNode.connected();
      const { payload } = await set(node, { file, baseHash });
      expect(payload).toMatchObject({ exists: true, file });
      expect(payload.hash).toBe(sha256(node.read("home/exec-approvals.json")));
      expect(readdirSync(node.home).filter((name) => name.includes("tmp"))).toEqual([]);
    }
    await using node = await RunningNode.connected();
    expect((await set(node, { file, baseHash: "x" })).result.error.message).toContain(
      "reload and retry",
    );
  });

  test("counts at once, and can be undone with the hash that it answered", async () => {
    await using node = await RunningNode.connected();
    const open = { version: 1, defaults: { security: "full", ask: "off" } };
    const { payload } = await set(node, { file: open });
    expect((await node.gateway.run({ command: ["true"] })).result.ok).toBe(true);
    await set(node, { file, baseHash: payload.hash });
    expect((await node.gateway.run({ command: ["true"] })).result.ok).toBe(false);
  });

  test("the socket's secret, which never travels, stays", async () => {
    await using node = await RunningNode.connected();
    cpSync(reference, path(node));
    const before = JSON.parse(node.read("home/exec-approvals.json"));
    const { payload } = await get(node);
    await set(node, { file: payload.file, baseHash: payload.hash });
    expect(node.json("home/exec-approvals.json")).toEqual(before);
    const { payload: again } = await get(node);
    await set(node, { file: { version: 1, socket: { path: "/new" } }, baseHash: again.hash });
    expect(node.json("home/exec-approvals.json").socket).toEqual({
      path: "/new",
      token: before.socket.token,
    });
  });

  test("what other programs keep in the file comes back byte for byte", async () => {
    const digest = `sha256:cwd-argv:v1:${"0".repeat(64)}`;
    const source = "allow-always";
    const text = `${JSON.stringify(
      {
        version: 1,
        later: { a: [1, null] },
        defaults: { security: "allowlist", unknown: true },
        agents: {
          main: {
            allowlist: [
              { pattern: "/b", id: "1", source, argPattern: digest, note: "é\u0000\u202e" },
              { id: "2", pattern: "=node-command:0123456789abcdef", source },
            ],
            mcpTools: [{ server: "s", tool: "t", source, addedAt: 5, lastUsedAt: 6 }],
          },
        },
      },
      null,
      2,
    )}\n`;
    await using node = await RunningNode.connected({ policy: text });
    const { payload } = await get(node);
    const { payload: after } = await set(node, { file: payload.file, baseHash: payload.hash });
    expect(node.read("home/exec-approvals.json")).toBe(text);
    expect(after.hash).toBe(payload.hash);
  });

  test("entries without an id get one; those that have one keep it", async () => {
    await using node = await RunningNode.connected();
    const allowlist = [{ pattern: "/a" }, { id: "mine", pattern: "/b" }, "/c"];
    await set(node, { file: { version: 1, agents: { main: { allowlist }, other: {} } } });
    const stored = node.json("home/exec-approvals.json").agents;
    expect(stored.main.allowlist).toEqual([
      { id: expect.stringMatching(/^[0-9a-f-]{36}$/), pattern: "/a" },
      { id: "mine", pattern: "/b" },
      "/c",
    ]);
    expect(stored.other).toEqual({});
  });

  test.each<[string, unknown]>([
    ["no version", {}],
    ["a later version", { version: 2 }],
    ["agents that are a list", { version: 1, agents: [] }],
    ["an agent that is null", { version: 1, agents: { main: null } }],
  ])("a policy that would deny everything because of %s is refused", async (_case, unusable) => {
    await using node = await RunningNode.connected();
    const { result } = await set(node, { file: unusable });
    expect(result.error.code).toBe("INVALID_REQUEST");
    expect(result.error.message).toStartWith(
      "Error: INVALID_REQUEST: exec approvals file cannot be used",
    );
    expect(node.has("home/exec-approvals.json")).toBe(false);
  });

  test.each<[string, string]>([
    ["damaged", "{"],
    ["empty", ""],
  ])("a file that is %s is not replaced, even with its hash", async (_case, text) => {
    await using node = await RunningNode.connected({ policy: text });
    const { result } = await set(node, { file, baseHash: sha256(text) });
    expect(result.error.message).toContain("cannot be used and was left as it is");
    expect(node.read("home/exec-approvals.json")).toBe(text);
  });

  test("a link is not replaced", async () => {
    await using node = await RunningNode.connected();
    node.file("home/real.json", JSON.stringify(file));
    node.link("home/exec-approvals.json", "real.json");
    const { payload } = await get(node);
    const { result } = await set(node, { file: { version: 1 }, baseHash: payload.hash });
    expect(result).toMatchObject({ ok: false, error: { code: "UNAVAILABLE" } });
    expect(node.read("home/real.json")).toBe(JSON.stringify(file));
  });
});

describe("system.which", () => {
  const which = async (bins: unknown, env: Record<string, string> = {}) => {
    await using node = await RunningNode.connected({ env });
    return await node.gateway.invoke("system.which", { bins });
  };

  test("gives absolute paths of what is there", async () => {
    const { result, payload } = await which(["sh", " cat ", "no-such-program"]);
    expect(Object.keys(payload)).toEqual(["bins"]);
    expect(payload.bins).toEqual({
      sh: Bun.which("sh", { PATH: "/usr/bin:/bin" }),
      cat: Bun.which("cat", { PATH: "/usr/bin:/bin" }),
    });
    expect(result.ok).toBe(true);
  });

  test.each<[string, unknown[]]>([
    ["paths", ["/bin/sh", "../sh", "./sh", "a\\b"]],
    ["blanks and nothing", ["", " ", "."]],
    ["what is no text", [null, 5, ["sh"], { name: "sh" }, true]],
    ["names of the prototype", ["__proto__", "constructor", "toString"]],
    ["NULs", ["sh\0", "\0"]],
    ["no names", []],
  ])("finds nothing for %s", async (_case, bins) => {
    expect((await which(bins)).payload).toEqual({ bins: {} });
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a text", "sh"],
    ["an object", { 0: "sh" }],
    ["null", null],
  ])("wants a list of names: %s", async (_case, bins) => {
    expect((await which(bins)).result.error).toEqual({
      code: "INVALID_REQUEST",
      message: "Error: INVALID_REQUEST: bins required",
    });
  });

  test("does not ask the policy, and shows nothing of the working directory", async () => {
    await using node = await RunningNode.connected({
      policy: { version: 1, defaults: { security: "deny" } },
      env: { PATH: ".::/usr/bin:/bin" },
    });
    node.program("home/local-tool");
    const { payload } = await node.gateway.invoke("system.which", { bins: ["local-tool", "sh"] });
    expect(Object.keys(payload.bins)).toEqual(["sh"]);
  });

  test("a hundred thousand names are answered", async () => {
    const { payload } = await which(Array.from({ length: 100_000 }, (_, index) => `none-${index}`));
    expect(payload).toEqual({ bins: {} });
  });
});
