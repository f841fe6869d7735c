/** `node.list` and `node.describe`. */
import * as z from "zod/mini";

const text = z.optional(z.string());

export const nodeInfo = z.object({
  nodeId: z.string().check(z.minLength(1)),
  displayName: text,
  platform: text,
  version: text,
  coreVersion: text,
  uiVersion: text,
  deviceFamily: text,
  modelIdentifier: text,
  remoteIp: text,
  caps: z.optional(z.array(z.string())),
  commands: z.optional(z.array(z.string())),
  pathEnv: text,
  permissions: z.optional(z.record(z.string(), z.boolean())),
  connectedAtMs: z.optional(z.number()),
  paired: z.optional(z.boolean()),
  connected: z.optional(z.boolean()),
  approvalState: text,
});

export const nodeList = z.object({ ts: z.optional(z.number()), nodes: z.array(nodeInfo) });

export const nodeDescribeParams = z.object({ nodeId: z.string().check(z.minLength(1)) });

export const nodeRenameParams = z.object({
  nodeId: z.string().check(z.minLength(1)),
  displayName: z.string().check(z.minLength(1)),
});

export type NodeInfo = z.infer<typeof nodeInfo>;
