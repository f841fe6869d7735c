// `nodes pending`, `approve` and `reject`, over a real socket.
import { describe, expect, test } from "bun:test";
import { CommandLine, type Ended } from "../fakes/command-line.ts";
import { type Script, type ScriptedGateway, scriptedGateway } from "../fakes/scripted-gateway.ts";

const far = {
  requestId: "8eec5a65-5182-4d0b-a904-86ae1b60f1dd",
  deviceId: "82fb38b73922c5f088ef805334305d19aaab793635968eaa39890244bc6f458f",
  displayName: "Remote Box",
  platform: "linux",
  role: "node",
  roles: ["node"],
  scopes: [],
  remoteIp: "203.0.113.7",
  ts: Date.now() - 12_000,
};
const person = { ...far, requestId: "59d5951e", role: "operator", roles: ["operator"] };
const surface = {
  requestId: "surface-1",
  nodeId: far.deviceId,
  displayName: "Remote Box",
  commands: ["system.run"],
};

const ok = { payload: {} };
const decisions = {
  "device.pair.approve": ok,
  "device.pair.reject": ok,
  "node.pair.approve": ok,
  "node.pair.reject": ok,
};

function gatewayWith(devices: unknown, nodes?: unknown, protocol = 3): Script {
  return {
    protocol,
    answers: {
      ...decisions,
      "device.pair.list": { payload: { pending: devices, paired: "not read" } },
      ...(nodes === undefined
        ? {}
        : { "node.pair.list": { payload: { pending: nodes, paired: [] } } }),
    },
  };
}

async function on(
  script: Script,
  ...words: string[]
): Promise<Ended & { gateway: ScriptedGateway }> {
  await using gateway = scriptedGateway(script);
  using line = new CommandLine({ CLAWDBOT_GATEWAY_URL: gateway.url });
  return { ...(await line.call("nodes", ...words)), gateway };
}

const decided = ({ gateway }: { gateway: ScriptedGateway }): unknown[] =>
  gateway.calls.filter(({ method }) => !method.endsWith(".list"));

describe("nodes pending", () => {
  test("shows a request with what approving it means", async () => {
    const { code, stdout } = await on(gatewayWith([far]), "pending");
    expect(code).toBe(0);
    const [header, row] = stdout.split("\n");
    expect(header).toMatch(/^REQUEST +GATE +NAME +PLATFORM +ROLE +IP +AGE +APPROVING IT MEANS$/);
    expect(row).toMatch(
      /^8eec5a65-[\w-]+ +device +Remote Box +linux +node +203\.0\.113\.7 +1\d s +it may connect as a node$/,
    );
  });

  test("shows both gates of a later gateway in one list", async () => {
    const { stdout } = await on(gatewayWith([far], [surface], 4), "pending");
    expect(stdout).toContain("it may connect as a node");
    expect(stdout).toMatch(/surface-1 +commands +Remote Box .*it may serve: system\.run/);
  });

  test("a gateway without the second gate is no failure", async () => {
    expect((await on(gatewayWith([]), "pending")).code).toBe(0);
  });

  test("nothing pending is said on standard error", async () => {
    const { code, stdout, stderr } = await on(gatewayWith([], []), "pending");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toStartWith("Nothing waits for approval.");
  });

  test("--json is one object and nothing else", async () => {
    const { stdout, stderr } = await on(gatewayWith([far], [surface]), "pending", "--json");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      v: 1,
      ts: expect.any(Number),
      pending: [
        {
          gate: "device",
          requestId: far.requestId,
          nodeId: far.deviceId,
          displayName: "Remote Box",
          platform: "linux",
          remoteIp: "203.0.113.7",
          roles: ["node"],
          scopes: [],
          commands: [],
          again: false,
          requestedAtMs: far.ts,
        },
        {
          gate: "commands",
          requestId: "surface-1",
          nodeId: far.deviceId,
          displayName: "Remote Box",
          roles: ["node"],
          scopes: [],
          commands: ["system.run"],
          again: false,
        },
      ],
    });
  });

  test.each<[string, unknown, string]>([
    ["null for a list", null, "at /pending"],
    ["an object for a list", { a: far }, "at /pending"],
    ["an entry that is null", [far, null], "at /pending/1"],
    ["an entry without an id", [{ ...far, requestId: undefined }], "at /pending/0/requestId"],
    ["an id that is a number", [{ ...far, requestId: 5 }], "at /pending/0/requestId"],
    ["a name that is a list", [{ ...far, displayName: ["x"] }], "at /pending/0/displayName"],
  ])("%s is told, with its place", async (_case, pending, place) => {
    const { code, stdout, stderr } = await on(gatewayWith(pending), "pending");
    expect({ code, stdout }).toEqual({ code: 13, stdout: "" });
    expect(stderr).toContain(`Cannot read the answer to device.pair.list: ${place}`);
  });

  test("nulls for what is absent are no fault", async () => {
    const entry = { ...far, displayName: null, remoteIp: null, ts: null, scopes: null };
    const { code, stdout } = await on(gatewayWith([entry]), "pending");
    expect(code).toBe(0);
    expect(stdout).toContain(far.requestId);
  });

  test("a refused second list is not passed over", async () => {
    const refused = {
      error: { code: "INVALID_REQUEST", message: "missing scope: operator.pairing" },
    };
    const script = gatewayWith([far]);
    const answers = { ...script.answers, "node.pair.list": refused };
    const { code, stderr } = await on({ ...script, answers }, "pending");
    expect(code).toBe(11);
    expect(stderr).toContain("lacks the scope operator.pairing");
  });
});

describe("nodes approve", () => {
  test("approves the device by the beginning of the request's id", async () => {
    const ended = await on(gatewayWith([far, person]), "approve", "8eec");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toBe('Approved "Remote Box": it may connect as a node\n');
    expect(decided(ended)).toEqual([
      { method: "device.pair.approve", params: { requestId: far.requestId } },
    ]);
  });

  test("finds a request of the second gate and acts there", async () => {
    const ended = await on(gatewayWith([far], [surface], 4), "approve", "surface-1");
    expect(ended.code).toBe(0);
    expect(decided(ended)).toEqual([
      { method: "node.pair.approve", params: { requestId: "surface-1" } },
    ]);
  });

  test("on a later gateway says that the commands come next", async () => {
    const words = ["approve", far.requestId, "--wait", "100"];
    const ended = await on(gatewayWith([far], [], 4), ...words);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain("asks once more, for the node's commands");
    expect(decided(ended)).toHaveLength(1);
  });

  test("on a later gateway approves the commands too, as soon as the node asks", async () => {
    let asked = 0;
    const script = gatewayWith([far], [], 4);
    const other = { ...surface, requestId: "of-another", nodeId: "another" };
    const list = () => ({
      payload: { pending: (asked += 1) > 2 ? [other, surface] : [other], paired: [] },
    });
    const answers = { ...script.answers, "node.pair.list": list };
    const ended = await on({ ...script, answers }, "approve", far.requestId);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toBe(
      'Approved "Remote Box": it may connect as a node\n' +
        'Approved "Remote Box": it may serve: system.run\n',
    );
    expect(decided(ended)).toEqual([
      { method: "device.pair.approve", params: { requestId: far.requestId } },
      { method: "node.pair.approve", params: { requestId: "surface-1" } },
    ]);
  });

  test("--device-only leaves the commands alone", async () => {
    const script = gatewayWith([far], [surface], 4);
    const ended = await on(script, "approve", far.requestId, "--device-only");
    expect(decided(ended)).toHaveLength(1);
    expect(ended.stderr).toContain("asks once more");
  });

  test("an operator is not approved by accident", async () => {
    const ended = await on(gatewayWith([person]), "approve", "59d5951e");
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain("asks for more than to be a node");
    expect(decided(ended)).toEqual([]);
    const meant = await on(gatewayWith([person]), "approve", "59d5951e", "--operator");
    expect(meant.code).toBe(0);
    expect(decided(meant).length).toBe(1);
  });

  test("an unknown id is answered with what is pending", async () => {
    const ended = await on(gatewayWith([far], [surface]), "approve", "ffffffff");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe(
      'Error: Cannot approve "ffffffff": no such request is pending\n' +
        `  Pending: ${far.requestId} (Remote Box), surface-1 (Remote Box)\n`,
    );
    expect(decided(ended)).toEqual([]);
  });

  test("a request that expired in between is told", async () => {
    const script = gatewayWith([far]);
    const gone = { error: { code: "INVALID_REQUEST", message: "unknown requestId" } };
    const answers = { ...script.answers, "device.pair.approve": gone };
    const { code, stderr } = await on({ ...script, answers }, "approve", "8eec5a65");
    expect(code).toBe(1);
    expect(stderr).toContain(`Cannot approve "${far.requestId}": unknown requestId`);
  });

  test("--json names the decision", async () => {
    const { stdout } = await on(gatewayWith([far]), "approve", "8eec5a65", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      v: 1,
      decision: "approved",
      request: { gate: "device", requestId: far.requestId },
    });
  });

  test("without an id nothing is dialled", async () => {
    const ended = await on(gatewayWith([far]), "approve");
    expect(ended.code).toBe(2);
    expect(ended.gateway.connects).toEqual([]);
  });
});

describe("nodes reject", () => {
  test("rejects where the request waits", async () => {
    const device = await on(gatewayWith([far], [surface]), "reject", "8eec5a65");
    expect(device).toMatchObject({ code: 0, stdout: 'Rejected "Remote Box"\n' });
    expect(decided(device)).toEqual([
      { method: "device.pair.reject", params: { requestId: far.requestId } },
    ]);
    const commands = await on(gatewayWith([far], [surface]), "reject", "surf");
    expect(decided(commands)).toEqual([
      { method: "node.pair.reject", params: { requestId: "surface-1" } },
    ]);
  });

  test("rejecting an operator needs no confirmation", async () => {
    expect((await on(gatewayWith([person]), "reject", "59d5951e")).code).toBe(0);
  });
});
