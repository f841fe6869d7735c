/**
 * `system.run.prepare` and the plan that travels from it, over an operator's approval, back into
 * `system.run`. OpenClaw 2026.3.31 and later.
 */
import * as z from "zod/mini";

const absentable = <T extends z.core.SomeType>(schema: T) => z.optional(z.nullable(schema));

export const prepareParams = z.object({
  command: z.array(z.string()).check(z.minLength(1)),
  rawCommand: absentable(z.string()),
  cwd: absentable(z.string()),
  env: absentable(z.record(z.string(), z.string())),
  agentId: absentable(z.string()),
  sessionKey: absentable(z.string()),
  /** What the caller itself would allow; the stricter of both sides counts. */
  security: absentable(z.string()),
  ask: absentable(z.string()),
  strictInlineEval: absentable(z.boolean()),
});

const allowlistRule = z.object({
  pattern: z.string(),
  argPattern: z.optional(z.string()),
  source: z.optional(z.literal("allow-always")),
});

export const policySnapshot = z.object({
  security: z.enum(["deny", "allowlist", "full"]),
  ask: z.enum(["off", "on-miss", "always"]),
  askFallback: z.enum(["deny", "allowlist", "full"]),
  autoAllowSkills: z.boolean(),
  allowlistRules: z.array(allowlistRule),
});

/** A script or program file whose content an approval is bound to. */
export const mutableFileOperand = z.object({
  argvIndex: z.int().check(z.gte(0)),
  path: z.string().check(z.minLength(1)),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});

export const systemRunPlan = z.object({
  argv: z.array(z.string()).check(z.minLength(1)),
  cwd: absentable(z.string()),
  commandText: z.string().check(z.minLength(1)),
  commandPreview: absentable(z.string()),
  agentId: absentable(z.string()),
  sessionKey: absentable(z.string()),
  mutableFileOperand: absentable(mutableFileOperand),
  /** Gateways before 2026.9 drop it on the way. */
  policySnapshot: absentable(policySnapshot),
});

export type PrepareParams = z.infer<typeof prepareParams>;
export type PolicySnapshot = z.infer<typeof policySnapshot>;
export type MutableFileOperand = z.infer<typeof mutableFileOperand>;
export type SystemRunPlan = z.infer<typeof systemRunPlan>;

/** What a later run may be allowed by, once an operator allows it for good. */
export interface AllowAlwaysCoverage {
  /** Every program of the command would be covered. */
  readonly complete: boolean;
  readonly patterns: readonly { readonly pattern: string; readonly argPattern?: string }[];
}

/** The payload of `system.run.prepare`; its readers refuse any other shape. */
export interface PreparedRun {
  readonly plan: {
    readonly argv: readonly string[];
    readonly cwd: string | null;
    readonly commandText: string;
    readonly commandPreview: string | null;
    readonly agentId: string | null;
    readonly sessionKey: string | null;
    readonly mutableFileOperand?: MutableFileOperand;
    readonly policySnapshot: PolicySnapshot;
  };
  readonly execPolicy: Pick<PolicySnapshot, "security" | "ask">;
  readonly allowAlwaysCoverage: AllowAlwaysCoverage;
}

/** `approvalSource` of a run that nobody answered for, or that a reviewer let pass. */
export const approvalSources = ["ask-fallback", "auto-review"] as const;
