/** Nodes as cells of a table. */
import { printable } from "../lib/display-text.ts";
import { formatDuration } from "../lib/duration.ts";
import type { NodeInfo } from "../protocol/node-list.ts";
import { shortId } from "./short-id.ts";

const nothing = "-";

export function nodeRows(nodes: readonly NodeInfo[], nowMs: number): string[][] {
  const header = ["NAME", "ID", "PLATFORM", "VERSION", "IP", "STATE", "PAIRED", "COMMANDS"];
  return [
    header,
    ...nodes.map((node) => [
      cell(node.displayName, 40),
      shortId(node.nodeId),
      cell(node.platform, 20),
      cell(node.coreVersion ?? node.version, 24),
      cell(node.remoteIp, 45),
      nodeState(node, nowMs),
      node.paired === true ? "yes" : "no",
      cell(node.commands?.join(", "), 120),
    ]),
  ];
}

/** `connected 5 min`, `not connected`, and on later gateways what still waits for approval. */
export function nodeState(node: NodeInfo, nowMs: number): string {
  const { connected, connectedAtMs, approvalState } = node;
  const since =
    connectedAtMs === undefined ? "" : ` ${formatDuration(Math.max(0, nowMs - connectedAtMs))}`;
  const line = connected === true ? `connected${since}` : "not connected";
  if (approvalState?.startsWith("pending") !== true) return line;
  return `${line}, commands wait for approval`;
}

function cell(text: string | undefined, maxChars: number): string {
  const shown = printable(text?.trim() ?? "", maxChars);
  return shown === "" ? nothing : shown;
}
