import { describe, expect, test } from "bun:test";
import { nodeFacts } from "../../src/operator/node-facts.ts";
import { nodeRows, nodeState } from "../../src/operator/node-rows.ts";
import type { NodeInfo } from "../../src/protocol/node-list.ts";

const now = 1_795_343_302_268;
const full: NodeInfo = {
  nodeId: "13d328198dd3761795f52f05d2d1d925b74d079b8bb0cd7c96cfed95ad848431",
  displayName: "Build Box",
  platform: "linux",
  version: "2026.1.24-3",
  remoteIp: "127.0.0.1",
  caps: ["system"],
  commands: ["system.run", "system.which"],
  pathEnv: "/usr/bin:/bin",
  permissions: { screen: false, files: true },
  connectedAtMs: now - 65_000,
  paired: true,
  connected: true,
};

describe("nodeRows", () => {
  test("shows a connected node", () => {
    expect(nodeRows([full], now)).toEqual([
      ["NAME", "ID", "PLATFORM", "VERSION", "IP", "STATE", "PAIRED", "COMMANDS"],
      [
        "Build Box",
        "13d328198dd3",
        "linux",
        "2026.1.24-3",
        "127.0.0.1",
        "connected 1 min 5 s",
        "yes",
        "system.run, system.which",
      ],
    ]);
  });

  test("what is missing is a dash", () => {
    expect(nodeRows([{ nodeId: "n" }], now)[1]).toEqual([
      "-",
      "n",
      "-",
      "-",
      "-",
      "not connected",
      "no",
      "-",
    ]);
  });

  test("nothing in a node's own words reaches the terminal raw, or without bound", () => {
    const evil: NodeInfo = {
      nodeId: "id\u001b]0;title\u0007",
      displayName: `\u202e${"x".repeat(10_000)}`,
      platform: "li\nnux",
      version: "\u009b31m",
      remoteIp: "::1\r",
      commands: Array.from({ length: 5000 }, () => "a\u0000"),
    };
    for (const cell of nodeRows([evil], now)[1]!) {
      expect(cell).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(cell.length).toBeLessThan(600);
    }
  });
});

describe("nodeState", () => {
  test.each<[string, Partial<NodeInfo>, string]>([
    ["connected since a minute", {}, "connected 1 min 5 s"],
    ["connected, since when is unknown", { connectedAtMs: undefined }, "connected"],
    ["connected in the future", { connectedAtMs: now + 5000 }, "connected 0 ms"],
    ["gone", { connected: false }, "not connected"],
    [
      "waiting for its commands",
      { approvalState: "pending-approval" },
      "connected 1 min 5 s, commands wait for approval",
    ],
    ["approved", { approvalState: "approved" }, "connected 1 min 5 s"],
  ])("%s", (_case, change, wanted) => {
    expect(nodeState({ ...full, ...change }, now)).toBe(wanted);
  });
});

describe("nodeFacts", () => {
  test("shows everything that is known and nothing that is not", () => {
    const facts = new Map(nodeFacts(full, now).map(([label, value]) => [label, value]));
    expect(facts.get("Id:")).toBe(full.nodeId);
    expect(facts.get("Connected since:")).toBe(new Date(now - 65_000).toISOString());
    expect(facts.get("Permissions:")).toBe("screen not granted, files granted");
    expect(facts.has("Device:")).toBe(false);
  });

  test("a node that says nothing has its id, its state and no commands", () => {
    expect(nodeFacts({ nodeId: "n" }, now)).toEqual([
      ["Id:", "n"],
      ["State:", "not connected"],
      ["Paired:", "no"],
      ["Commands:", "none"],
    ]);
  });

  test("a time beyond every calendar does not end the program", () => {
    const facts = nodeFacts({ nodeId: "n", connectedAtMs: 9e20 }, now);
    expect(facts).toContainEqual(["Connected since:", "900000000000000000000"]);
  });
});
