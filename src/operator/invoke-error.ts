/** Why a node did not answer an invocation, in plain words. */
import * as z from "zod/mini";

import { NoAnswerError, RpcError } from "../client/rpc-error.ts";
import { printable } from "../lib/display-text.ts";
import { formatDuration } from "../lib/duration.ts";
import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import type { NodeInfo } from "../protocol/node-list.ts";
import { scopeError } from "./answer.ts";
import { nodeLabel } from "./node-query.ts";
import { runExitCode } from "./run-exit-code.ts";

interface Invoked {
  readonly node: NodeInfo;
  readonly command: string;
  readonly timeoutMs: number;
}

const text = z.catch(z.optional(z.string()), undefined);
const errorDetails = z.catch(
  z.object({
    code: text,
    reason: text,
    nodeError: z.catch(z.optional(z.object({ code: text, message: text })), undefined),
  }),
  { code: undefined, reason: undefined, nodeError: undefined },
);

const maybeRunning = "whether the node carried it out is unknown";

export function invokeError(error: unknown, { node, command, timeoutMs }: Invoked): unknown {
  const name = nodeLabel(node);
  const action = `invoke ${printable(command, 80)} on "${name}"`;
  if (error instanceof NoAnswerError) {
    const late = error.reason === "timeout";
    const why = late ? "the gateway gave no answer in time" : "the connection to the gateway broke";
    return new UserError(`Cannot ${action}: ${why}; ${maybeRunning}`, {
      exitCode: late ? runExitCode.timedOut : exitCode.temporary,
      cause: error,
    });
  }
  if (!(error instanceof RpcError)) return error;
  const { code, reason, nodeError } = errorDetails.parse(error.details);
  const fail = (why: string, hint?: string, exit?: number): UserError =>
    new UserError(`Cannot ${action}: ${why}`, {
      hint,
      cause: error,
      ...(exit === undefined ? {} : { exitCode: exit }),
    });

  if (nodeError?.code === "TIMEOUT" || error.message.startsWith("node invoke timed out")) {
    const why = `no result within ${formatDuration(timeoutMs)}; it may still be running on the node`;
    return fail(why, "Give it more time with a longer time limit", runExitCode.timedOut);
  }
  if (code === "NOT_CONNECTED" || error.message === "node not connected") {
    return fail(
      "the node is known but not connected",
      "On that machine: clawdbot node run; see: clawdbot nodes status",
    );
  }
  if (/node disconnected/.test(error.message)) {
    return fail(`the node's connection to the gateway broke; ${maybeRunning}`);
  }
  if (error.message.startsWith("node command not allowed")) {
    const { why, hint } = notAllowed(reason, error.message);
    return fail(why, hint);
  }
  if (error.code === "PAIRING_CHANGED" || code === "PAIRING_CHANGED") {
    return fail(
      "its commands wait for an operator's approval",
      "See and approve them: clawdbot nodes pending",
    );
  }
  const scope = scopeError(action, error);
  if (scope !== undefined) return scope;
  if (nodeError !== undefined)
    return refusedByNode(name, nodeError.message ?? error.message, error);
  return fail(printable(error.message));
}

/** The node would run it if an operator approved it. */
export function needsApproval(error: unknown): boolean {
  const cause = error instanceof UserError ? error.cause : undefined;
  if (!(cause instanceof RpcError)) return false;
  const { nodeError } = errorDetails.parse(cause.details);
  return nodeError?.message?.startsWith("SYSTEM_RUN_DENIED: approval required") === true;
}

function notAllowed(
  reason: string | undefined,
  message: string,
): { readonly why: string; readonly hint?: string } {
  const why = `the gateway does not allow it (${printable(reason ?? message, 200)})`;
  if (reason?.includes("declare") === true) {
    return { why, hint: "The node does not offer this command; see: clawdbot nodes describe" };
  }
  if (reason?.includes("allowlisted") !== true) return { why };
  return { why, hint: "Allow it in the gateway's configuration: gateway.nodes.allowCommands" };
}

const longestLines = 40;

/** The node's own message names the remedy, so its lines are kept. */
function refusedByNode(name: string, message: string, cause: RpcError): UserError {
  const lines = message.split(/\r?\n/).slice(0, longestLines);
  const [first = "", ...rest] = lines.map((line) => printable(line, 1000));
  const shown = [`Refused by the node "${name}": ${first}`, ...rest.map((line) => `  ${line}`)];
  return new UserError(shown.join("\n").trimEnd(), { cause });
}
