/** A request for approval as the person who decides reads it. */
import { printable, visibleText } from "../lib/display-text.ts";
import { formatDuration } from "../lib/duration.ts";
import type { PendingApproval } from "../protocol/approval-requests.ts";
import type { NodeInfo } from "../protocol/node-list.ts";
import { nodeLabel } from "./node-query.ts";

/** One line that begins with the id, and one indented line for everything that it says. */
export function approvalText(
  { id, request, expiresAtMs }: PendingApproval,
  nodes: readonly NodeInfo[],
  nowMs: number,
): string {
  const { command, cwd, agentId, sessionKey, nodeId } = request;
  const left = expiresAtMs === undefined ? undefined : Math.max(0, expiresAtMs - nowMs);
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    // Never cut: what is not seen would be approved as well.
    ["command", visibleText(command)],
    ["directory", cwd && visibleText(cwd)],
    ["node", nodeId && nodeName(nodeId, nodes)],
    ["agent", agentId && visibleText(agentId)],
    ["session", sessionKey && visibleText(sessionKey)],
  ];
  const head = `${printable(id, 128)}${left === undefined ? "" : `  (${formatDuration(left)} left)`}`;
  const lines = facts.flatMap(([name, value]) =>
    value === undefined || value === null || value === "" ? [] : `  ${name.padEnd(9)}  ${value}`,
  );
  return `${[head, ...lines].join("\n")}\n`;
}

function nodeName(nodeId: string, nodes: readonly NodeInfo[]): string {
  const known = nodes.find((node) => node.nodeId === nodeId);
  return nodeLabel(known ?? { nodeId });
}

/** The same for scripts. */
export function approvalFacts({ id, request, createdAtMs, expiresAtMs }: PendingApproval) {
  const { command, cwd, agentId, sessionKey, nodeId } = request;
  return { id, command, cwd, agentId, sessionKey, nodeId, createdAtMs, expiresAtMs };
}
