/** Asking an operator to approve one run: `exec.approval.request`, `resolve`, `list`, and events. */
import * as z from "zod/mini";

import {
  maxAgentChars,
  maxApprovalCommandChars,
  maxApprovalMs,
  maxLabelChars,
  maxPathChars,
} from "./limits.ts";

const bounded = (most: number) => z.optional(z.nullable(z.string().check(z.maxLength(most))));

/** `nodeId` is known to the embedded gateway only: the schema of Clawdbot 2026.1.24 is closed. */
export const approvalRequestParams = z.object({
  id: bounded(maxLabelChars),
  command: z.string().check(z.minLength(1), z.maxLength(maxApprovalCommandChars)),
  cwd: bounded(maxPathChars),
  host: bounded(maxLabelChars),
  security: bounded(maxLabelChars),
  ask: bounded(maxLabelChars),
  agentId: bounded(maxAgentChars),
  resolvedPath: bounded(maxPathChars),
  sessionKey: bounded(maxAgentChars),
  nodeId: bounded(maxLabelChars),
  timeoutMs: z.optional(z.int().check(z.gte(1), z.lte(maxApprovalMs))),
});

export type ApprovalRequestParams = z.infer<typeof approvalRequestParams>;

export const approvalResolveParams = z.object({
  id: z.string().check(z.minLength(1), z.maxLength(maxLabelChars)),
  decision: z.string().check(z.minLength(1), z.maxLength(maxLabelChars)),
});

/** An operator's word about one run. */
export const approvalDecision = z.enum(["allow-once", "allow-always", "deny"]);

export type ApprovalDecision = z.infer<typeof approvalDecision>;
export type GrantedDecision = Exclude<ApprovalDecision, "deny">;

/** Answer to a request: without a decision nobody gave one in time. */
export const approvalAnswer = z.object({
  id: z.string(),
  decision: z.optional(z.nullable(approvalDecision)),
});

const text = z.catch(z.optional(z.nullable(z.string())), undefined);
const time = z.catch(z.optional(z.number()), undefined);

/** What waits, as lists and the event `exec.approval.requested` show it. */
export const pendingApproval = z.object({
  id: z.string().check(z.minLength(1)),
  request: z.object({
    command: z.string(),
    cwd: text,
    host: text,
    agentId: text,
    sessionKey: text,
    nodeId: text,
  }),
  createdAtMs: time,
  expiresAtMs: time,
});

export type PendingApproval = z.infer<typeof pendingApproval>;

/** Answer to `exec.approval.list`, which Clawdbot 2026.1.24 does not have. */
export const approvalList = z.array(pendingApproval);
