/** The nodes of a gateway: all of them, or one. */
import type { NodeInfo } from "../protocol/node-list.ts";
import { nodeInfo, nodeList } from "../protocol/node-list.ts";
import { ask } from "./answer.ts";
import { findNode } from "./node-query.ts";
import type { Operator } from "./operator-connection.ts";

export async function listNodes(operator: Operator): Promise<NodeInfo[]> {
  const request = { method: "node.list", params: {} };
  const { nodes } = await ask(operator, "list the nodes", request, nodeList);
  return nodes;
}

export async function chooseNode(operator: Operator, query: string): Promise<NodeInfo> {
  return findNode(await listNodes(operator), query);
}

export async function describeNode(operator: Operator, query: string): Promise<NodeInfo> {
  const { nodeId } = await chooseNode(operator, query);
  const request = { method: "node.describe", params: { nodeId } };
  return ask(operator, `describe the node "${query}"`, request, nodeInfo);
}
