/** Everything that a gateway tells about one node, as label and value. */
import { printable } from "../lib/display-text.ts";
import type { NodeInfo } from "../protocol/node-list.ts";
import { nodeState } from "./node-rows.ts";

export function nodeFacts(node: NodeInfo, nowMs: number): string[][] {
  const { connectedAtMs, permissions } = node;
  const facts: (readonly [label: string, value: string | undefined])[] = [
    ["Name", node.displayName],
    ["Id", node.nodeId],
    ["State", nodeState(node, nowMs)],
    ["Connected since", connectedAtMs === undefined ? undefined : isoTime(connectedAtMs)],
    ["Paired", node.paired === true ? "yes" : "no"],
    ["Platform", node.platform],
    ["Device", [node.deviceFamily, node.modelIdentifier].filter(Boolean).join(" ")],
    ["Version", node.version ?? node.coreVersion],
    ["IP", node.remoteIp],
    ["PATH", node.pathEnv],
    ["Capabilities", node.caps?.join(", ")],
    ["Permissions", permissions && permissionText(permissions)],
    ["Commands", node.commands?.join(", ") || "none"],
  ];
  return facts.flatMap(([label, value]) =>
    value === undefined || value.trim() === "" ? [] : [[`${label}:`, printable(value, 4000)]],
  );
}

function permissionText(permissions: Readonly<Record<string, boolean>>): string {
  return Object.entries(permissions)
    .map(([name, granted]) => `${name} ${granted ? "granted" : "not granted"}`)
    .join(", ");
}

/** A time that no calendar has stays the number that it is. */
function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
