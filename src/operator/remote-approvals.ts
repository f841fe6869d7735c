/** The approvals file of a node, or of the gateway's own machine, through the gateway. */
import type { JsonObject } from "../lib/json.ts";
import { type ApprovalsSnapshot, approvalsSnapshot } from "../protocol/exec-approvals.ts";
import { isDatedRelease, spendsApprovals } from "../protocol/generation.ts";
import { ask } from "./answer.ts";
import { chooseNode } from "./node-list.ts";
import { nodeLabel } from "./node-query.ts";
import type { Operator } from "./operator-connection.ts";

export interface RemoteApprovals {
  /** For people: whose file it is. */
  readonly label: string;
  /** This program decides there, so what its file does not say is known. */
  readonly ours: boolean;
  get(): Promise<ApprovalsSnapshot>;
  /** Replaces the file if it is still the one with this hash. */
  set(file: JsonObject, baseHash: string): Promise<ApprovalsSnapshot>;
}

export async function nodeApprovals(operator: Operator, query: string): Promise<RemoteApprovals> {
  const node = await chooseNode(operator, query);
  const { nodeId, version } = node;
  const ours = version !== undefined && !isDatedRelease(version);
  const label = `node "${nodeLabel(node)}"`;
  return { ours, ...remote(operator, label, "exec.approvals.node", { nodeId }) };
}

export function gatewayApprovals(operator: Operator): RemoteApprovals {
  const ours = spendsApprovals(operator.hello);
  return { ours, ...remote(operator, "the gateway", "exec.approvals", {}) };
}

function remote(
  operator: Operator,
  label: string,
  method: string,
  target: JsonObject,
): Omit<RemoteApprovals, "ours"> {
  return {
    label,
    get: () =>
      ask(
        operator,
        `read the approvals of ${label}`,
        { method: `${method}.get`, params: target },
        approvalsSnapshot,
      ),
    set: (file, baseHash) =>
      ask(
        operator,
        `change the approvals of ${label}`,
        { method: `${method}.set`, params: { ...target, file, baseHash } },
        approvalsSnapshot,
      ),
  };
}
