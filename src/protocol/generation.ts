/** What differs between the generations of gateways, keyed on what `hello-ok` says. */
import type { HelloOk } from "./connect.ts";
import { gatewayEvents } from "./gateway-errors.ts";
import type { InvokeErrorCode } from "./node-invoke.ts";

export interface Generation {
  /** Name of the operator's command-line tool on such a gateway. */
  readonly operatorTool: "clawdbot" | "openclaw";
  /** Code that carries a refused `system.run`. */
  readonly denialCode: InvokeErrorCode;
  /** What a run that was stopped for its time limit ended with; undefined: nothing is said. */
  readonly timeoutExitCode: number | undefined;
  /** An approval that is claimed without a plan does not count, whoever vouches for it. */
  readonly approvalsNeedPlan: boolean;
}

const january: Generation = {
  operatorTool: "clawdbot",
  denialCode: "UNAVAILABLE",
  timeoutExitCode: undefined,
  approvalsNeedPlan: false,
};
const later: Generation = {
  operatorTool: "openclaw",
  denialCode: "SYSTEM_RUN_DENIED",
  timeoutExitCode: 124,
  approvalsNeedPlan: true,
};

/** Protocol 4 marks OpenClaw; protocol 3 is spoken by Clawdbot and by OpenClaw until March 2026. */
export function generationOf(hello: Pick<HelloOk, "protocol"> | undefined): Generation {
  return hello !== undefined && hello.protocol >= 4 ? later : january;
}

/**
 * How a node learns that an operator approved the commands that it declared:
 * - `none`: nobody has to approve them;
 * - `next-connect`: an approval counts from the node's next connection on, and is not announced;
 * - `ask`: it counts at once; newer ones of these gateways say what is missing when asked, and
 *   announce the approval.
 */
export type CommandApproval = "none" | "next-connect" | "ask";

/**
 * A node tells by this what it could host beside commands, and ours hosts nothing. No hello lists
 * the method; a gateway that knows it refuses it, with the reason, while an approval is missing.
 */
export const inventoryMethod = "node.runnerInventory.update";
export const emptyInventory = { protocolFeatures: [] } as const;

export function commandApproval(hello: Pick<HelloOk, "protocol" | "server">): CommandApproval {
  if (!isAtLeast(hello.server.version, firstAskingTwice)) return "none";
  return hello.protocol >= 4 ? "ask" : "next-connect";
}

const firstAskingTwice = [2026, 3, 1] as const;
/** First release whose gateway lets a run be called approved only if it recorded the approval. */
const firstVouching = [2026, 2, 14] as const;

/** This program's own gateway, of a release that spends each approval on the run that was shown. */
export function spendsApprovals(hello: Pick<HelloOk, "features"> | undefined): boolean {
  return hello?.features?.events?.includes(gatewayEvents.approvalUsed) === true;
}

/** Whether a gateway's word that a run was approved is worth anything. */
export function vouchesForApprovals(
  hello: Pick<HelloOk, "server" | "features"> | undefined,
): boolean {
  return spendsApprovals(hello) || isAtLeast(hello?.server.version, firstVouching);
}

/** Releases of Clawdbot and OpenClaw are named by their day; those of this program are not. */
export function isDatedRelease(version: string | undefined): boolean {
  return isAtLeast(version, [2000]);
}

/** False for a version that is no date: gateways that were never released call themselves so. */
function isAtLeast(version: string | undefined, first: readonly number[]): boolean {
  const parts = /^(\d{4})\.(\d{1,2})\.(\d{1,2})(?!\d)/.exec(version ?? "");
  if (parts === null) return false;
  for (const [index, wanted] of first.entries()) {
    const part = Number(parts[index + 1]);
    if (part !== wanted) return part > wanted;
  }
  return true;
}
