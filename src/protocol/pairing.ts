/** Device pairing: the records that gate a connection, and the operator's requests about them. */
import * as z from "zod/mini";

const nonEmpty = z.string().check(z.minLength(1));
const strings = z.optional(z.array(z.string()));

export const pendingDevice = z.object({
  requestId: nonEmpty,
  deviceId: nonEmpty,
  publicKey: z.optional(z.string()),
  displayName: z.optional(z.string()),
  platform: z.optional(z.string()),
  clientId: z.optional(z.string()),
  clientMode: z.optional(z.string()),
  role: z.optional(z.string()),
  roles: strings,
  scopes: strings,
  remoteIp: z.optional(z.string()),
  silent: z.optional(z.boolean()),
  isRepair: z.optional(z.boolean()),
  ts: z.optional(z.number()),
});

/** A token as lists show it: never the token itself. */
const tokenSummary = z.object({
  role: z.string(),
  scopes: strings,
  createdAtMs: z.optional(z.number()),
  rotatedAtMs: z.optional(z.number()),
  revokedAtMs: z.optional(z.number()),
  lastUsedAtMs: z.optional(z.number()),
});

export const pairedDevice = z.object({
  deviceId: nonEmpty,
  publicKey: z.optional(z.string()),
  displayName: z.optional(z.string()),
  platform: z.optional(z.string()),
  clientId: z.optional(z.string()),
  clientMode: z.optional(z.string()),
  role: z.optional(z.string()),
  roles: strings,
  scopes: strings,
  remoteIp: z.optional(z.string()),
  tokens: z.optional(z.union([z.array(tokenSummary), z.record(z.string(), tokenSummary)])),
  createdAtMs: z.optional(z.number()),
  approvedAtMs: z.optional(z.number()),
});

export const requestIdParams = z.object({ requestId: nonEmpty });
export const deviceIdParams = z.object({ deviceId: nonEmpty });
export const deviceRoleParams = z.object({
  deviceId: nonEmpty,
  role: nonEmpty,
  scopes: z.optional(z.array(nonEmpty)),
});

/** `error.details` of a refused connection that waits for an operator. */
export const pairingDetails = z.object({
  requestId: z.optional(z.string()),
  code: z.optional(z.string()),
  reason: z.optional(z.string()),
  recommendedNextStep: z.optional(z.string()),
  pauseReconnect: z.optional(z.boolean()),
});

/** Command-surface pairing of later gateways: the second of their two layers. */
export const pendingNode = z.object({
  requestId: nonEmpty,
  nodeId: nonEmpty,
  displayName: z.optional(z.string()),
  platform: z.optional(z.string()),
  remoteIp: z.optional(z.string()),
  commands: strings,
  ts: z.optional(z.number()),
});

/** Event `node.pair.resolved`: what an operator decided about a node's commands. */
export const commandsResolved = z.object({
  requestId: z.optional(z.string()),
  nodeId: nonEmpty,
  decision: nonEmpty,
});

export type PendingDevice = z.infer<typeof pendingDevice>;
export type PairedDevice = z.infer<typeof pairedDevice>;
export type PendingNode = z.infer<typeof pendingNode>;
