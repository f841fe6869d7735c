// `devices …`, `nodes remove` and `nodes rename`, over a real socket.
import { describe, expect, test } from "bun:test";
import { CommandLine, type Ended } from "../fakes/command-line.ts";
import { EmbeddedGateway } from "../fakes/embedded-gateway.ts";
import { type Scripted, type ScriptedGateway, scriptedGateway } from "../fakes/scripted-gateway.ts";

const boxId = "82fb38b73922c5f088ef805334305d19aaab793635968eaa39890244bc6f458f";
const deskId = "13d328198dd3c5f088ef805334305d19aaab793635968eaa39890244bc6f4580";
const box = {
  deviceId: boxId,
  displayName: "Build Box",
  platform: "linux",
  roles: ["node"],
  tokens: [{ role: "node", createdAtMs: 1 }],
  approvedAtMs: Date.now() - 120_000,
};
const desk = {
  deviceId: deskId,
  displayName: "Desk\u001b[2J",
  roles: ["node", "operator"],
  // Some gateways give an object by role.
  tokens: { node: { role: "node", revokedAtMs: 5 }, operator: { role: "operator" } },
};
const waiting = { requestId: "8eec5a65", deviceId: "d".repeat(64), role: "node", ts: Date.now() };
const nodes = [{ nodeId: boxId, displayName: "Build Box", connected: true, paired: true }];

const ok: Scripted = { payload: {} };
const refused = (message: string): Scripted => ({ error: { code: "INVALID_REQUEST", message } });

/** OpenClaw of today; what is set to undefined is a method that the gateway does not know. */
async function on(
  changes: Readonly<Record<string, Scripted | undefined>>,
  ...words: string[]
): Promise<Ended & { gateway: ScriptedGateway; changed: unknown[] }> {
  const known: Record<string, Scripted | undefined> = {
    "device.pair.list": { payload: { pending: [waiting], paired: [box, desk] } },
    "node.list": { payload: { nodes } },
    "device.pair.remove": ok,
    "device.token.rotate": { payload: { token: "the-new-token" } },
    "device.token.revoke": ok,
    "device.pair.setupCode": { payload: { setupCode: "eyJh", expiresAtMs: Date.now() + 600_000 } },
    "node.pair.remove": ok,
    "node.rename": ok,
    ...changes,
  };
  const answers = Object.fromEntries(
    Object.entries(known).flatMap(([method, answer]) =>
      answer === undefined ? [] : [[method, answer] as const],
    ),
  );
  await using gateway = scriptedGateway({ protocol: 4, answers });
  using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
  const ended = await line.call(...words);
  const changed = gateway.calls
    .filter(({ method }) => !method.endsWith(".list"))
    .map(({ method, params }) => [method, params]);
  return { ...ended, gateway, changed };
}

describe("devices list", () => {
  test("shows who waits and who was let in, and never a token", async () => {
    const { code, stdout } = await on({}, "devices", "list");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Waiting: 1\n.*\n +8eec5a65 +device .*it may connect as a node\n/);
    expect(stdout).toMatch(
      /Approved: 2\n.*\n +Build Box +82fb38b73922 +linux +node +node +- +2 min/,
    );
    expect(stdout).toMatch(
      /Desk\\u\{1b\}\[2J +13d328198dd3 +- +node, operator +node \(revoked\), op/,
    );
  });

  test("--json is one object", async () => {
    const { stdout } = await on({}, "devices", "list", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ v: 1, pending: [waiting], paired: [box, {}] });
  });
});

describe("a device is changed", () => {
  test.each<[string[], string, object, string]>([
    [["remove", "Build Box"], "device.pair.remove", { deviceId: boxId }, 'Removed "Build Box"\n'],
    [["remove", "--device", "82fb38"], "device.pair.remove", { deviceId: boxId }, "Removed"],
    [
      ["revoke", boxId],
      "device.token.revoke",
      { deviceId: boxId, role: "node" },
      'Revoked the token of "Build Box" as node\n',
    ],
    [
      ["rotate", "13d328198dd3", "--role", "operator"],
      "device.token.rotate",
      { deviceId: deskId, role: "operator" },
      "Rotated the token",
    ],
  ])("by %j", async (words, method, params, text) => {
    const { code, stdout, changed } = await on({}, "devices", ...words);
    expect({ code, changed }).toEqual({ code: 0, changed: [[method, params]] });
    expect(stdout).toContain(text);
    expect(stdout).not.toContain("the-new-token");
  });

  test.each<[string, string[], number, string]>([
    ["no name", ["remove"], 2, "without a device"],
    ["two names", ["remove", "a", "--device", "b"], 2, "one device is wanted"],
    ["nobody's name", ["remove", "nobody"], 1, "Approved: Build Box (82fb38b73922), Desk"],
    ["too short a beginning", ["remove", "82fb"], 1, "no such device"],
    ["a blank name", ["remove", " "], 2, "without a device"],
    ["one of several roles unnamed", ["revoke", deskId], 2, "it has the roles node, operator"],
  ])("not by %s", async (_what, words, exit, text) => {
    const { code, stderr, changed } = await on({}, "devices", ...words);
    expect([code, stderr]).toEqual([exit, expect.stringContaining(text)]);
    expect(changed).toEqual([]);
  });

  test("--json of a rotation has the token, for the machine that needs it", async () => {
    const { stdout } = await on({}, "devices", "rotate", boxId, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ rotated: true, token: "the-new-token" });
  });

  test("a gateway that forgets no device says so, with what it can do", async () => {
    const { code, stderr } = await on(
      { "device.pair.remove": undefined },
      "devices",
      "remove",
      boxId,
    );
    expect(code).toBe(1);
    expect(stderr).toContain("never forgets one\n  What it can do is to end its token: clawdbot");
  });

  test("what the gateway denies is told, and nothing else is tried", async () => {
    const denied = refused("device pairing removal denied");
    const { code, stderr } = await on({ "device.pair.remove": denied }, "devices", "remove", boxId);
    expect([code, stderr]).toEqual([1, expect.stringContaining("removal denied")]);
  });
});

describe("devices setup-code", () => {
  test("prints the code alone on standard output", async () => {
    const { stdout, stderr, changed } = await on(
      {},
      "devices",
      "setup-code",
      "--public-url",
      "wss://g",
    );
    expect(stdout).toBe("eyJh\n");
    expect(stderr).toMatch(/^Works once, for (10 min|9 min 59 s)\n$/);
    expect(changed).toEqual([
      ["device.pair.setupCode", { bootstrapProfile: "node", publicUrl: "wss://g" }],
    ]);
  });

  test("a gateway without codes is told with the other way", async () => {
    const { code, stderr } = await on(
      { "device.pair.setupCode": undefined },
      "devices",
      "setup-code",
    );
    expect(code).toBe(1);
    expect(stderr).toContain("clawdbot nodes approve REQUEST");
  });
});

describe("nodes remove", () => {
  const byDevice = ["device.pair.remove", { deviceId: boxId }];
  const byNode = ["node.pair.remove", { nodeId: boxId }];
  const byToken = ["device.token.revoke", { deviceId: boxId, role: "node" }];

  test.each<[string, Readonly<Record<string, Scripted | undefined>>, unknown[], string]>([
    ["OpenClaw", {}, [byNode], 'Removed "Build Box"\n'],
    ["this program's own", { "node.pair.remove": undefined }, [byNode, byDevice], "Removed"],
    [
      "a gateway with the node in its other store",
      { "node.pair.remove": refused("unknown nodeId") },
      [byNode, byDevice],
      "Removed",
    ],
    [
      "Clawdbot",
      { "node.pair.remove": undefined, "device.pair.remove": undefined },
      [byNode, byDevice, byToken],
      'Revoked the token of "Build Box"\n',
    ],
  ])("on %s", async (_gateway, changes, steps, text) => {
    const { code, stdout, changed } = await on(changes, "nodes", "remove", "build-box");
    expect([code, stdout]).toEqual([0, expect.stringContaining(text)]);
    expect(changed).toEqual(steps);
  });

  test("what the gateway denies is not tried another way", async () => {
    const changes = { "node.pair.remove": refused("node pairing removal denied") };
    const { code, changed } = await on(changes, "nodes", "remove", "build-box");
    expect([code, changed]).toEqual([1, [byNode]]);
  });
});

describe("nodes rename", () => {
  test.each([
    [["build-box", "The Box"]],
    [["--node", "build-box", "--name", "The Box"]],
    [["--node", "build-box", "The Box"]],
    [["build-box", "--name", "The Box"]],
  ])("%j", async (words) => {
    const { code, stdout, changed } = await on({}, "nodes", "rename", ...words);
    expect([code, stdout]).toEqual([0, '"Build Box" is now "The Box"\n']);
    expect(changed).toEqual([["node.rename", { nodeId: boxId, displayName: "The Box" }]]);
  });

  test.each([[[]], [["build-box"]], [["build-box", " "]], [["build-box", "a", "b"]]])(
    "not %j",
    async (words: string[]) => {
      const { code, gateway } = await on({}, "nodes", "rename", ...words);
      expect([code, gateway.connects.length]).toEqual([2, 0]);
    },
  );

  test("a gateway of January says that the node names itself", async () => {
    const changes = { "node.rename": refused("unknown nodeId") };
    const { code, stderr } = await on(changes, "nodes", "rename", "build-box", "X");
    expect([code, stderr]).toEqual([1, expect.stringContaining("--display-name NAME")]);
  });
});

test("on our own gateway a device is listed, removed and gone", async () => {
  await using gateway = new EmbeddedGateway();
  using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
  using other = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
  const [mine] = (await line.json("devices", "list")).paired;
  const { paired } = await other.json("devices", "list");
  const { deviceId } = paired.find((one: any) => one.deviceId !== mine.deviceId);
  expect((await line.call("devices", "remove", deviceId)).stdout).toStartWith("Removed");
  expect((await line.json("devices", "list")).paired).toEqual([
    expect.objectContaining({ deviceId: mine.deviceId }),
  ]);
  // Also itself, and it hears the answer.
  expect((await line.call("devices", "remove", mine.deviceId)).code).toBe(0);
});
