/** The approvals file as it travels, and the snapshot that answers `get` and `set`. */
import * as z from "zod/mini";

import { type JsonObject, isObject } from "../lib/json.ts";

export const approvalsGetParams = z.object({
  includeResolvedDefaults: z.optional(z.boolean()),
});

export const approvalsSetParams = z.object({
  file: z.custom<JsonObject>(isObject),
  baseHash: z.optional(z.nullable(z.string())),
});

export type ApprovalsSetParams = z.infer<typeof approvalsSetParams>;

/** Exactly these four keys: later gateways refuse an answer with any other that was not asked for. */
export const approvalsSnapshot = z.object({
  path: z.string(),
  exists: z.boolean(),
  hash: z.string(),
  file: z.custom<JsonObject>(isObject),
});

export type ApprovalsSnapshot = z.infer<typeof approvalsSnapshot>;

/** Operator RPC `exec.approvals.node.get`. */
export const approvalsNodeGet = z.object({ nodeId: z.string().check(z.minLength(1)) });

/** Operator RPC `exec.approvals.node.set`. */
export const approvalsNodeSet = z.object({
  nodeId: z.string().check(z.minLength(1)),
  file: z.custom<JsonObject>(isObject),
  baseHash: z.optional(z.nullable(z.string())),
});
