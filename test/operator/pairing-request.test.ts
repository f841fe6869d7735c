import { describe, expect, test } from "bun:test";
import { findRequest } from "../../src/operator/find-request.ts";
import {
  type PairingRequest,
  asksForMoreThanNode,
  pairingRequests,
} from "../../src/operator/pairing-request.ts";
import { meaning, pairingRows } from "../../src/operator/pairing-rows.ts";

const request: PairingRequest = {
  gate: "device",
  requestId: "8eec5a65-5182-4d0b-a904-86ae1b60f1dd",
  nodeId: "82fb38b73922",
  displayName: "Remote Box",
  platform: "linux",
  roles: ["node"],
  scopes: [],
  commands: [],
  again: false,
  requestedAtMs: 1_000_000,
};

const operatorScopes = ["operator.admin"];

describe("pairingRequests", () => {
  test("puts both gates into one list, newest first", () => {
    const list = pairingRequests(
      [{ requestId: "d-1", deviceId: "dev", role: "node", ts: 5 }],
      [{ requestId: "n-1", nodeId: "dev", commands: ["system.run"], ts: 9 }],
    );
    expect(list.map(({ gate, requestId }) => [gate, requestId])).toEqual([
      ["commands", "n-1"],
      ["device", "d-1"],
    ]);
  });

  test("takes the roles from wherever the gateway names them", () => {
    const [first] = pairingRequests(
      [{ requestId: "d", deviceId: "x", role: "node", roles: ["node", "operator"] }],
      [],
    );
    expect(first?.roles).toEqual(["node", "operator"]);
  });

  test("a record with nothing but its ids is enough", () => {
    expect(pairingRequests([{ requestId: "d", deviceId: "x" }], [])).toEqual([
      {
        gate: "device",
        requestId: "d",
        nodeId: "x",
        roles: [],
        scopes: [],
        commands: [],
        again: false,
      },
    ]);
  });
});

describe("asksForMoreThanNode", () => {
  test.each([
    ["a node", {}, false],
    ["an operator", { roles: ["operator"] }, true],
    ["both", { roles: ["node", "operator"] }, true],
    ["a role that nobody knows", { roles: ["root"] }, true],
    ["no role at all", { roles: [] }, true],
    ["a node with an operator's scopes", { scopes: operatorScopes }, true],
  ])("%s", (_case, change, wanted) => {
    expect(asksForMoreThanNode({ ...request, ...change })).toBe(wanted);
  });
});

describe("meaning", () => {
  test.each<[string, Partial<PairingRequest>, string]>([
    ["a node", {}, "it may connect as a node"],
    ["a known node", { again: true }, "it may connect as a node (this device was paired before)"],
    [
      "an operator",
      { roles: ["operator"], scopes: operatorScopes },
      "it may CONTROL THIS GATEWAY with operator.admin",
    ],
    ["no role", { roles: [] }, "it may CONTROL THIS GATEWAY"],
    ["commands", { gate: "commands", commands: ["system.run"] }, "it may serve: system.run"],
    ["no commands", { gate: "commands" }, "it stays connected, without commands"],
    [
      "commands that try to look like more text",
      { gate: "commands", commands: ["a\u001b[1A\nb"] },
      "it may serve: a\\u{1b}[1A\\nb",
    ],
  ])("of %s", (_case, change, wanted) => {
    expect(meaning({ ...request, ...change })).toBe(wanted);
  });
});

describe("pairingRows", () => {
  test("shows what a person needs to decide", () => {
    expect(pairingRows([{ ...request, remoteIp: "203.0.113.7" }], 1_012_000)).toEqual([
      ["REQUEST", "GATE", "NAME", "PLATFORM", "ROLE", "IP", "AGE", "APPROVING IT MEANS"],
      [
        request.requestId,
        "device",
        "Remote Box",
        "linux",
        "node",
        "203.0.113.7",
        "12 s",
        "it may connect as a node",
      ],
    ]);
  });

  test("nothing that a device says of itself can forge another row or column", () => {
    const evil = {
      ...request,
      requestId: "id\u001b[2J",
      displayName: "ok\r\nfake row",
      platform: "\u202exunil",
      roles: ["node\u0007"],
      remoteIp: "\u200b1.2.3.4",
    };
    const cells = pairingRows([evil], 0)[1]!;
    expect(cells.join(" ")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(cells.slice(0, 6)).toEqual([
      "id\\u{1b}[2J",
      "device",
      "ok\\u{d}\\nfake row",
      "\\u{202e}xunil",
      "node\\u{7}",
      "\\u{200b}1.2.3.4",
    ]);
  });

  test("a clock that is ahead of the gateway's gives no negative age", () => {
    expect(pairingRows([request], 0)[1]![6]).toBe("0 ms");
  });
});

describe("findRequest", () => {
  const other = { ...request, requestId: "8eec0000-1111", displayName: "Other" };
  const both = [request, other];

  test.each([
    ["the whole id", request.requestId, request.requestId],
    ["a beginning that only one has", "8eec5", request.requestId],
    ["blanks around it", " 8eec0 ", other.requestId],
  ])("takes %s", (_case, id, wanted) => {
    expect(findRequest(both, id, "approve").requestId).toBe(wanted);
  });

  test.each([
    ["an id that is not pending", "ffff-0000", "no such request is pending"],
    ["three characters", "8ee", "no such request is pending"],
    ["nothing", "", "no such request is pending"],
    ["a beginning that two have", "8eec", "2 pending requests begin with it"],
  ])("refuses %s", (_case, id, text) => {
    expect(() => findRequest(both, id, "approve")).toThrow(`Cannot approve "${id}": ${text}`);
  });

  test("an unknown id is answered with what is pending", () => {
    try {
      findRequest(both, "ffff", "reject");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        hint: `Pending: ${request.requestId} (Remote Box), 8eec0000-1111 (Other)`,
      });
    }
  });
});
