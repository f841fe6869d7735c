/** What the running host and the command line say to each other on the control socket. */
import * as z from "zod/mini";

export const controlVersion = 1;

/** Bytes of one request. */
export const controlRequestBytes = 256 * 1024;

const decisions = ["allow-once", "allow-always", "deny"] as const;
export type ApprovalDecision = (typeof decisions)[number];

const version = z.literal(controlVersion);

export const controlRequest = z.discriminatedUnion("method", [
  z.strictObject({ v: version, method: z.literal("status") }),
  z.strictObject({ v: version, method: z.literal("approvals.pending") }),
  z.strictObject({
    v: version,
    method: z.literal("approvals.resolve"),
    /** The beginning of an id is enough where it is the only one. */
    id: z.string().check(z.minLength(1), z.maxLength(64)),
    decision: z.enum(decisions),
  }),
]);

export type ControlRequest = z.infer<typeof controlRequest>;

export const controlReply = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error: z.object({ code: z.string(), message: z.string(), hint: z.optional(z.string()) }),
  }),
]);

export type ControlReply = z.infer<typeof controlReply>;

const pendingApproval = z.object({
  id: z.string(),
  agent: z.string(),
  sessionKey: z.string(),
  /** What will run, to the letter. */
  command: z.string(),
  cwd: z.string(),
  /** Lines that say why it is asked. */
  why: z.array(z.string()),
  /** `path` is what is started, `realPath` the file behind it. */
  programs: z.array(z.object({ path: z.string(), realPath: z.string() })),
  /** Variables that the request sets. */
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
});

export type PendingApproval = z.infer<typeof pendingApproval>;

/** `ts`: the host's clock, milliseconds since the epoch. */
export const pendingList = z.object({ ts: z.number(), pending: z.array(pendingApproval) });

export type PendingList = z.infer<typeof pendingList>;

export const resolvedApproval = z.object({
  id: z.string(),
  command: z.string(),
  agent: z.string(),
  decision: z.enum(decisions),
  /** It was started; false for a denied one, and where something had changed meanwhile. */
  runs: z.boolean(),
  /** Entries that the allowlist gained. */
  learnt: z.array(z.string()),
  /** Why it does not run although it was allowed, or why nothing was learnt. */
  problem: z.optional(z.string()),
});

export type ResolvedApproval = z.infer<typeof resolvedApproval>;
