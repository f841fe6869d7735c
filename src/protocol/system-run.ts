/** `system.run` and `system.which`: parameters and payloads. */
import * as z from "zod/mini";

/** Gateways send null for what is absent in places; it means the same. */
const absentable = <T extends z.core.SomeType>(schema: T) => z.optional(z.nullable(schema));

export const systemRunParams = z.object({
  command: z.array(z.string()).check(z.minLength(1)),
  rawCommand: absentable(z.string()),
  cwd: absentable(z.string()),
  env: absentable(z.record(z.string(), z.string())),
  timeoutMs: absentable(z.number()),
  needsScreenRecording: absentable(z.boolean()),
  agentId: absentable(z.string()),
  sessionKey: absentable(z.string()),
  runId: absentable(z.string()),
  approved: absentable(z.boolean()),
  approvalDecision: absentable(z.string()),
  /** OpenClaw 2026.9: who stood in for an operator. */
  approvalSource: absentable(z.string()),
  /** What `system.run.prepare` answered; read by its own schema. */
  systemRunPlan: z.optional(z.unknown()),
  suppressNotifyOnExit: absentable(z.boolean()),
  /** Not of the reference; gateways of 2026.1 forward it as it is, later ones drop it. */
  stdin: absentable(z.string()),
});

export type SystemRunParams = z.infer<typeof systemRunParams>;

/** Keys stand in the order in which they are sent. */
export interface SystemRunPayload {
  readonly exitCode?: number;
  readonly timedOut: boolean;
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: string | null;
}

/** The same payload as an operator reads it. */
export const systemRunAnswer = z.object({
  exitCode: z.optional(z.nullable(z.number())),
  timedOut: z.optional(z.boolean()),
  success: z.optional(z.boolean()),
  stdout: z.optional(z.string()),
  stderr: z.optional(z.string()),
  error: z.optional(z.nullable(z.string())),
});

export const systemWhichParams = z.object({ bins: z.array(z.string()) });

export const systemWhichAnswer = z.object({ bins: z.record(z.string(), z.string()) });

/** Reasons that a gateway knows for `exec.denied`. */
export type DeniedReason =
  | "security=deny"
  | "approval-required"
  | "allowlist-miss"
  | "execution-plan-miss"
  | "permission:screenRecording";

export interface ExecEventCommon {
  readonly sessionKey: string;
  readonly runId: string;
  readonly host: "node";
  /** Display text, not what runs. */
  readonly command: string;
  /** Only where the request said so: gateways that do not know it never say so. */
  readonly suppressNotifyOnExit?: boolean;
}

export type ExecEvent =
  | { readonly event: "exec.denied"; readonly payload: ExecEventCommon & { reason: DeniedReason } }
  | {
      readonly event: "exec.finished";
      readonly payload: ExecEventCommon & {
        readonly exitCode?: number;
        readonly timedOut: boolean;
        readonly success: boolean;
        readonly output: string;
      };
    };
