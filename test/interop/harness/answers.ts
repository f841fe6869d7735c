// The parts of the gateway's answers and files that tests look at; all else may be as it likes.
import { z } from "zod";

export const ListedNode = z.object({
  nodeId: z.string(),
  displayName: z.string().optional(),
  connected: z.boolean().optional(),
  connectedAtMs: z.number().optional(),
  commands: z.array(z.string()).default([]),
});
export type ListedNode = z.infer<typeof ListedNode>;

export const NodeList = z.object({ nodes: z.array(ListedNode) });

export const Device = z.object({
  deviceId: z.string(),
  requestId: z.string().optional(),
  displayName: z.string().optional(),
});
export type Device = z.infer<typeof Device>;

/** What our `nodes pending --json` says. */
export const PendingList = z.object({
  pending: z.array(z.object({ requestId: z.string(), displayName: z.string().optional() })),
});

/** The payload of a `system.run` that was not refused. */
export const RunResult = z.object({
  exitCode: z.number().optional(),
  timedOut: z.boolean(),
  success: z.boolean(),
  stdout: z.string(),
  stderr: z.string(),
  error: z.string().nullable(),
});
export type RunResult = z.infer<typeof RunResult>;

export const Invoked = z.object({ ok: z.literal(true), payload: z.unknown() });

/** What a Gateway answers to any request. */
export const RpcAnswer = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), payload: z.unknown() }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string(), details: z.unknown() }),
]);
export type RpcAnswer = z.infer<typeof RpcAnswer>;

/** What `system.execApprovals.get` and `set` answer. */
export const Approvals = z.object({
  path: z.string(),
  exists: z.boolean(),
  hash: z.string(),
  file: z.object({ version: z.number(), defaults: z.record(z.string(), z.unknown()).optional() }),
});
