/** Invocation of a node's command: request event, result and `node.event` requests. */
import * as z from "zod/mini";

const nonEmpty = z.string().check(z.minLength(1));
const nonBlank = z.string().check(z.trim(), z.minLength(1));

export const invokeRequestEvent = "node.invoke.request";
/** OpenClaw 2026.9: the gateway gave up on a request; its command ends and nothing is answered. */
export const invokeCancelEvent = "node.invoke.cancel";
export const invokeResultMethod = "node.invoke.result";
export const nodeEventMethod = "node.event";

export const invokeRequest = z.object({
  id: nonBlank,
  nodeId: nonBlank,
  command: nonBlank,
  paramsJSON: z.optional(z.nullable(z.string())),
  params: z.optional(z.unknown()),
  timeoutMs: z.optional(z.nullable(z.number())),
  idempotencyKey: z.optional(z.nullable(z.string())),
});

export const invokeCancel = z.object({ invokeId: nonBlank, nodeId: nonBlank });

const invokeError = z.object({
  code: z.optional(nonEmpty),
  message: z.optional(nonEmpty),
});

export const invokeResult = z.object({
  id: nonEmpty,
  nodeId: nonEmpty,
  ok: z.boolean(),
  payload: z.optional(z.unknown()),
  payloadJSON: z.optional(z.nullable(z.string())),
  error: z.optional(z.nullable(invokeError)),
});

export const nodeEvent = z.object({
  event: nonEmpty,
  payload: z.optional(z.unknown()),
  payloadJSON: z.optional(z.string()),
});

/** Operator's `node.invoke`. */
export const nodeInvoke = z.object({
  nodeId: nonEmpty,
  command: nonEmpty,
  params: z.optional(z.unknown()),
  timeoutMs: z.optional(z.int().check(z.gte(0))),
  idempotencyKey: nonEmpty,
});

/** Answer to a `node.invoke` that succeeded. */
export const nodeInvokeAnswer = z.object({
  ok: z.optional(z.boolean()),
  nodeId: z.optional(z.string()),
  command: z.optional(z.string()),
  payload: z.optional(z.unknown()),
  payloadJSON: z.optional(z.nullable(z.string())),
});

export type InvokeRequest = z.infer<typeof invokeRequest>;
export type InvokeResult = z.infer<typeof invokeResult>;
export type NodeEvent = z.infer<typeof nodeEvent>;

/** What a command's handler answers: its payload, or an error code with its text. */
export type InvokeOutcome =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly code: InvokeErrorCode; readonly message: string };

export type InvokeErrorCode = "INVALID_REQUEST" | "UNAVAILABLE" | "SYSTEM_RUN_DENIED";
