import { describe, expect, test } from "bun:test";
import { findNode, nodeLabel } from "../../src/operator/node-query.ts";
import type { NodeInfo } from "../../src/protocol/node-list.ts";

const buildId = "13d328198dd3761795f52f05d2d1d925b74d079b8bb0cd7c96cfed95ad848431";
const piId = "13d328aa00000000000000000000000000000000000000000000000000000000";

const nodes: NodeInfo[] = [
  { nodeId: buildId, displayName: "Build Box", remoteIp: "10.0.0.5", connected: true },
  { nodeId: piId, displayName: "pi", remoteIp: "10.0.0.6" },
  { nodeId: "e34625824eb2b410", displayName: "Büro 2", remoteIp: "10.0.0.7" },
  { nodeId: "node-host", displayName: "!!!" },
];

describe("findNode", () => {
  test.each([
    ["the whole id", buildId, buildId],
    ["an id that is no hash", "node-host", "node-host"],
    ["the address", "10.0.0.6", piId],
    ["the name as it is", "Build Box", buildId],
    ["the name in another spelling", "build-box", buildId],
    ["the name with other separators", "BUILD__BOX", buildId],
    ["a name with letters beyond ASCII", "büro-2", "e34625824eb2b410"],
    ["the first characters of the id", "13d32819", buildId],
    ["the same in capitals", "13D32819", buildId],
    ["blanks around it", "  pi ", piId],
  ])("takes %s", (_case, query, wanted) => {
    expect(findNode(nodes, query).nodeId).toBe(wanted);
  });

  test.each([
    ["nothing that fits", "nope", 'Cannot find the node "nope": unknown node'],
    ["fewer than six characters of an id", "13d32", "unknown node"],
    ["an empty query", "", "unknown node"],
    ["a blank query", "   ", "unknown node"],
    ["punctuation that would fit a nameless name", "???", "unknown node"],
    ["the beginning of two ids", "13d328", "ambiguous node, 2 fit it"],
    ["control characters", "a\u001b[2Jb", 'node "a\\u{1b}[2Jb"'],
  ])("refuses %s", (_case, query, text) => {
    expect(() => findNode(nodes, query)).toThrow(text);
  });

  test("names the nodes that it knows, with what tells them apart", () => {
    try {
      findNode(nodes, "nope");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        hint: expect.stringContaining("Build Box (13d328198dd3, connected), pi (13d328aa0000, not"),
      });
    }
  });

  test("two nodes of one name are ambiguous, and their ids are named", () => {
    const twins = [
      { nodeId: buildId, displayName: "x" },
      { nodeId: piId, displayName: "X" },
    ];
    expect(() => findNode(twins, "x")).toThrow("ambiguous");
    expect(findNode(twins, buildId).nodeId).toBe(buildId);
  });

  test("a thousand known nodes do not flood the message", () => {
    const many = Array.from({ length: 1000 }, (_, index) => ({ nodeId: `node-${index}` }));
    try {
      findNode(many, "nope");
      expect.unreachable();
    } catch (error) {
      expect((error as { hint: string }).hint).toEndWith("and 990 more");
    }
  });

  test("without any node it says where to look", () => {
    try {
      findNode([], "pi");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ hint: expect.stringContaining("clawdbot nodes pending") });
    }
  });
});

describe("nodeLabel", () => {
  test.each([
    ["a name", { nodeId: buildId, displayName: "Build Box" }, "Build Box"],
    ["no name", { nodeId: buildId }, "13d328198dd3"],
    ["a blank name", { nodeId: buildId, displayName: "  " }, "13d328198dd3"],
    ["a name that turns text around", { nodeId: "n", displayName: "a\u202eb" }, "a\\u{202e}b"],
    ["a name with a line break", { nodeId: "n", displayName: "a\nError: b" }, "a\\nError: b"],
  ])("shows %s", (_case, node, wanted) => {
    expect(nodeLabel(node)).toBe(wanted);
  });
});
