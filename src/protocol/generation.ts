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
  if (spendsApprovals(hello)) return true;
  const version = /^(\d{4})\.(\d{1,2})\.(\d{1,2})(?!\d)/.exec(hello?.server.version ?? "");
  if (version === null) return false;
  for (const [index, wanted] of firstVouching.entries()) {
    const part = Number(version[index + 1]);
    if (part !== wanted) return part > wanted;
  }
  return true;
}
