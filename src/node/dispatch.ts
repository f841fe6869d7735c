/** From `node.invoke.request` to `node.invoke.result`: one answer for every request, always. */
import * as z from "zod/mini";

import { messageOf } from "../lib/errors.ts";
import { parseJson } from "../lib/json.ts";
import type { Log } from "../platform/ports.ts";
import {
  type InvokeOutcome,
  type InvokeRequest,
  type InvokeResult,
  invokeRequest,
} from "../protocol/node-invoke.ts";
import { describeIssue } from "../protocol/frame.ts";
import { type Invocation, type InvokeHandler, invalid, invalidParams } from "./invoke.ts";

export interface DispatchPorts {
  readonly handlers: Readonly<Record<string, InvokeHandler>>;
  readonly log: Log;
  /** Puts a result on the line. */
  respond(result: InvokeResult): void;
  /** A request that was taken back has ended, unanswered. */
  withdrawn?(id: string): void;
}

/** Enough of a request to answer it. */
const invokeAddress = z.pick(invokeRequest, { id: true, nodeId: true });

/**
 * Handles one event payload; settles when the answer is on the line, or when a cancelled request has
 * ended. Never throws.
 */
export async function dispatch(
  ports: DispatchPorts,
  payload: unknown,
  cancelled: AbortSignal,
): Promise<void> {
  const parsed = invokeRequest.safeParse(payload);
  if (!parsed.success) {
    const address = invokeAddress.safeParse(payload);
    if (!address.success) {
      return ports.log.warn("ignored an invoke request without id or node: nobody can be answered");
    }
    const outcome = invalidParams(describeIssue(parsed.error));
    return ports.respond(resultOf(address.data, outcome));
  }
  const request = parsed.data;
  const outcome = await perform(ports, request, cancelled);
  if (cancelled.aborted) ports.withdrawn?.(request.id);
  else ports.respond(resultOf(request, outcome));
}

async function perform(
  ports: DispatchPorts,
  request: InvokeRequest,
  cancelled: AbortSignal,
): Promise<InvokeOutcome> {
  const handler = Object.hasOwn(ports.handlers, request.command)
    ? ports.handlers[request.command]
    : undefined;
  if (handler === undefined) {
    return { ok: false, code: "UNAVAILABLE", message: "command not supported" };
  }
  const params = paramsOf(request);
  if (!params.ok) return params.outcome;
  try {
    return await handler(invocationOf(request, params.value, cancelled));
  } catch (error) {
    // A defect of ours: the caller still gets an answer, and the host goes on.
    ports.log.error(`${request.command} failed: ${messageOf(error)}`);
    return { ok: false, code: "UNAVAILABLE", message: `node host error: ${messageOf(error)}` };
  }
}

function invocationOf(request: InvokeRequest, params: unknown, cancelled: AbortSignal): Invocation {
  const { id, idempotencyKey, timeoutMs } = request;
  return {
    id,
    params,
    cancelled,
    // An empty key is what callers without one send.
    ...(idempotencyKey ? { idempotencyKey } : {}),
    ...(timeoutMs && timeoutMs > 0 ? { timeoutMs } : {}),
  };
}

type Params =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly outcome: InvokeOutcome };

function paramsOf(request: InvokeRequest): Params {
  const text = request.paramsJSON;
  if (typeof text !== "string") {
    if (request.params !== undefined) return { ok: true, value: request.params };
    return { ok: false, outcome: invalidParams("paramsJSON required") };
  }
  if (text.trim() === "") return { ok: false, outcome: invalidParams("paramsJSON required") };
  const parsed = parseJson(text);
  return parsed === undefined
    ? { ok: false, outcome: invalid("SyntaxError: paramsJSON is not valid JSON") }
    : { ok: true, value: parsed.value };
}

/** No key stands in a result that the other side does not know: gateways refuse any other. */
function resultOf(
  { id, nodeId }: Pick<InvokeRequest, "id" | "nodeId">,
  outcome: InvokeOutcome,
): InvokeResult {
  if (outcome.ok) return { id, nodeId, ok: true, payloadJSON: JSON.stringify(outcome.payload) };
  return { id, nodeId, ok: false, error: { code: outcome.code, message: outcome.message } };
}
