/** Finds the one node that a person means. */
import { printable } from "../lib/display-text.ts";
import { UserError } from "../lib/errors.ts";
import type { NodeInfo } from "../protocol/node-list.ts";
import { shortId } from "./short-id.ts";

/** Shorter ones would often fit several nodes by accident. */
const shortestPrefix = 6;
const namedAtMost = 10;

/** By id, address, display name or the beginning of the id; exactly one has to fit. */
export function findNode(nodes: readonly NodeInfo[], query: string): NodeInfo {
  const wanted = query.trim();
  const exact = nodes.find((node) => node.nodeId === wanted);
  if (exact !== undefined) return exact;
  const fitting = nodes.filter((node) => fits(node, wanted));
  const [first, ...others] = fitting;
  const shown = printable(query, 80);
  if (first === undefined) {
    throw new UserError(`Cannot find the node "${shown}": unknown node`, {
      hint:
        nodes.length === 0
          ? "This gateway knows no node; see what waits for approval: clawdbot nodes pending"
          : `Known: ${labels(nodes)}`,
    });
  }
  if (others.length > 0) {
    throw new UserError(
      `Cannot choose the node "${shown}": ambiguous node, ${fitting.length} fit it`,
      { hint: `Give more of the id: ${labels(fitting)}` },
    );
  }
  return first;
}

function fits(node: NodeInfo, wanted: string): boolean {
  if (wanted === "") return false;
  if (node.remoteIp === wanted) return true;
  if (wanted.length >= shortestPrefix && node.nodeId.startsWith(wanted.toLowerCase())) return true;
  const name = normalizedName(wanted);
  return name !== "" && name === normalizedName(node.displayName ?? "");
}

/** `Build Box`, `build-box` and `BUILD_BOX` name the same node. */
function normalizedName(name: string): string {
  return name
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

function labels(nodes: readonly NodeInfo[]): string {
  const shown = nodes.slice(0, namedAtMost).map((node) => {
    const state = node.connected === true ? "connected" : "not connected";
    return `${nodeLabel(node)} (${shortId(node.nodeId)}, ${state})`;
  });
  const more = nodes.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

/** How messages call a node: its name if it has one. */
export function nodeLabel(node: Pick<NodeInfo, "nodeId" | "displayName">): string {
  const name = printable(node.displayName?.trim() ?? "", 40);
  return name === "" ? shortId(node.nodeId) : name;
}
