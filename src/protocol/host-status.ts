/** What the running host says about itself on the control socket. */
import * as z from "zod/mini";

const lastError = z.object({
  /** See FailureKind. */
  kind: z.string(),
  message: z.string(),
  /** What mends it. */
  hint: z.optional(z.string()),
  /** Milliseconds since the epoch, as all times here. */
  atMs: z.number(),
  /** What this program leaves with when this is the end of it. */
  exitCode: z.number(),
});

export type LastError = z.infer<typeof lastError>;

/** `cgroup`: for a command with all its processes; `ulimit`: for each process. */
const limitMeans = z.optional(z.enum(["cgroup", "ulimit"]));

/** How the limits that are set are held. */
const limits = z.object({ memory: limitMeans, cpu: limitMeans, processes: limitMeans });

export type LimitMeans = z.infer<typeof limits>;

export const hostStatus = z.object({
  /** The host's clock. */
  ts: z.number(),
  pid: z.number(),
  version: z.string(),
  commit: z.string(),
  startedAtMs: z.number(),
  deviceId: z.string(),
  nodeId: z.string(),
  displayName: z.string(),
  connection: z.object({
    /** `retrying`: it failed, and is tried again. */
    state: z.enum(["connecting", "connected", "retrying", "stopping"]),
    sinceMs: z.number(),
    url: z.string(),
    /** Attempts that failed in a row. */
    failures: z.number(),
    retryAtMs: z.optional(z.number()),
    /** This machine's clock minus the gateway's. */
    clockSkewMs: z.optional(z.number()),
  }),
  /** The one that it is connected to. */
  gateway: z.nullable(
    z.object({
      version: z.optional(z.string()),
      host: z.optional(z.string()),
      protocol: z.number(),
    }),
  ),
  pairing: z.object({
    /** `commands-wait`: the device is approved, its commands are not yet. */
    state: z.enum(["unknown", "approved", "required", "commands-wait"]),
    requestId: z.optional(z.string()),
    /** The command that approves it. */
    approve: z.optional(z.string()),
  }),
  lastError: z.nullable(lastError),
  policy: z.object({
    file: z.string(),
    exists: z.boolean(),
    /** Why every command is denied. */
    problem: z.optional(z.string()),
    security: z.string(),
    ask: z.string(),
    allowlist: z.number(),
    warnings: z.array(z.string()),
  }),
  runs: z.object({
    /** Under way, or waiting for their turn. */
    running: z.number(),
    /** Since this host started. */
    started: z.number(),
    /** Waiting for the owner's answer; null: this host does not ask. */
    awaitingApproval: z.nullable(z.number()),
  }),
  /** Older hosts do not say. */
  limits: z.optional(limits),
  /** Resident. */
  memoryBytes: z.number(),
  /** Directories in which its commands are looked for. */
  path: z.string(),
});

export type HostStatus = z.infer<typeof hostStatus>;
