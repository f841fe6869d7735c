/** Asks a gateway and reads its answer; whatever goes wrong becomes a UserError. */
import * as z from "zod/mini";

import { NoAnswerError, RpcError } from "../client/rpc-error.ts";
import { printable } from "../lib/display-text.ts";
import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { isObject } from "../lib/json.ts";
import { describeIssue } from "../protocol/frame.ts";
import type { Operator } from "./operator-connection.ts";

/** `action` completes the sentence "Cannot …". */
export async function ask<S extends z.core.$ZodType>(
  operator: Operator,
  action: string,
  request: { readonly method: string; readonly params: unknown; readonly timeoutMs?: number },
  schema: S,
): Promise<z.core.output<S>> {
  const { method, params, timeoutMs } = request;
  let answer: unknown;
  try {
    answer = await operator.call(method, params, timeoutMs);
  } catch (error) {
    throw askError(action, error);
  }
  return readAnswer(method, schema, withoutNulls(answer));
}

/** Checks the shape of an answer: nothing that a gateway says is taken on trust. */
export function readAnswer<S extends z.core.$ZodType>(
  method: string,
  schema: S,
  answer: unknown,
): z.core.output<S> {
  const parsed = z.safeParse(schema, answer);
  if (parsed.success) return parsed.data;
  const problem = printable(describeIssue(parsed.error), 200);
  throw new UserError(`Cannot read the answer to ${method}: ${problem}`, {
    exitCode: exitCode.protocol,
    hint: "The gateway speaks another version of the protocol, or is not a gateway",
  });
}

function askError(action: string, error: unknown): unknown {
  if (error instanceof NoAnswerError) {
    const what = error.reason === "timeout" ? error.message : "the connection to the gateway broke";
    return new UserError(`Cannot ${action}: ${what}`, {
      exitCode: exitCode.temporary,
      hint: "Try again; the gateway's log says more",
      cause: error,
    });
  }
  if (!(error instanceof RpcError)) return error;
  return (
    scopeError(action, error) ??
    new UserError(`Cannot ${action}: ${printable(error.message)}`, { cause: error })
  );
}

/** This device may connect, and may not do that. */
export function scopeError(action: string, error: RpcError): UserError | undefined {
  const scope = /^missing scope: (\S+)/.exec(error.message)?.[1];
  if (scope === undefined) return undefined;
  return new UserError(`Cannot ${action}: this machine lacks the scope ${printable(scope, 60)}`, {
    exitCode: exitCode.pairing,
    hint: "See on the gateway what it was approved for: clawdbot devices list",
    cause: error,
  });
}

export function isUnknownMethod(error: unknown): boolean {
  return error instanceof RpcError && /unknown method/i.test(error.message);
}

/** Answers that are read here nest no deeper. */
const deepest = 8;

/** Some gateways write null for what is absent. */
function withoutNulls(value: unknown, depth = 0): unknown {
  if (depth > deepest) return value;
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, depth + 1));
  if (!isObject(value)) return value;
  const present = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(present.map(([key, member]) => [key, withoutNulls(member, depth + 1)]));
}
