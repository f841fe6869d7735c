/** Lets a node carry out one of its commands and waits for what it answers. */
import { parseJson } from "../lib/json.ts";
import { nodeInvokeAnswer } from "../protocol/node-invoke.ts";
import type { NodeInfo } from "../protocol/node-list.ts";
import { readAnswer } from "./answer.ts";
import { invokeError } from "./invoke-error.ts";
import type { Operator } from "./operator-connection.ts";

/** How much longer than the gateway itself its answer is waited for. */
const answerMarginMs = 5000;

export interface Invocation {
  readonly node: NodeInfo;
  readonly command: string;
  readonly params: unknown;
  /** After this time the gateway gives up. */
  readonly timeoutMs: number;
  readonly idempotencyKey: string;
}

/** The payload of the node's answer. Everything else is thrown as a UserError. */
export async function invokeNode(operator: Operator, invocation: Invocation): Promise<unknown> {
  const { node, command, params, timeoutMs, idempotencyKey } = invocation;
  const method = "node.invoke";
  const request = { nodeId: node.nodeId, command, params, timeoutMs, idempotencyKey };
  let raw: unknown;
  try {
    raw = await operator.call(method, request, timeoutMs + answerMarginMs);
  } catch (error) {
    throw invokeError(error, { node, command, timeoutMs });
  }
  const { payload, payloadJSON } = readAnswer(method, nodeInvokeAnswer, raw);
  if (payload !== undefined) return payload;
  if (typeof payloadJSON !== "string") return null;
  const parsed = parseJson(payloadJSON);
  return parsed === undefined ? { payloadJSON } : parsed.value;
}
