/** The decision about one `system.run`: a pure function of request, policy and facts. */
import { printable } from "../lib/display-text.ts";
import type { DeniedReason } from "../protocol/system-run.ts";
import type { EffectivePolicy } from "./effective.ts";
import type { FindProgram } from "./analysis.ts";
import type { CommandPlan } from "./command-plan.ts";
import { type Coverage, coverageOf } from "./coverage.ts";
import type { AnalysedCommand } from "./execution.ts";
import { checkDenyList } from "./deny-list.ts";
import type { JudgeOptions } from "./judgement.ts";
import { lookOnce } from "./look-once.ts";
import { allowsEverything } from "./match-program.ts";
import type { Fault, Miss } from "./miss.ts";

export interface RunQuestion {
  readonly plan: CommandPlan;
  /** Looks a program up as the run would. */
  readonly find: FindProgram;
  /** The gateway claims that an operator approved this run. */
  readonly approved: boolean;
  /** That claim may be believed. */
  readonly approvalsTrusted: boolean;
}

export type Decision =
  | {
      readonly allow: true;
      /** `full`: the words run exactly as they were sent. */
      readonly because: "full" | "allowlist" | "approved";
      /** What was analysed and has to be what runs; undefined: the words run as they were sent. */
      readonly commands: readonly AnalysedCommand[] | undefined;
      /** What allowed each program, in order. */
      readonly rules: readonly string[];
      /** Entries that would have allowed it: what "allow always" adds. */
      readonly learn: readonly string[];
    }
  | {
      readonly allow: false;
      /** Stable code for logs. */
      readonly code:
        | "security-deny"
        | "deny-list"
        | "approval-required"
        | "allowlist-miss"
        | "approval-untrusted";
      readonly reason: DeniedReason;
      /** Begins with the words that gateways and agents know. */
      readonly message: string;
      /** What stands in the way, part by part; empty where it is no part of the command. */
      readonly faults: readonly Fault[];
      /** Commands with which the owner of this machine would allow it. */
      readonly allowWith: readonly string[];
    };

export function decide(asked: RunQuestion, policy: EffectivePolicy, facts: JudgeOptions): Decision {
  const [question, options] = lookOnce(asked, facts);
  const { security, ask } = policy;
  if (security.value === "deny") {
    return deny("security-deny", "security=deny", "SYSTEM_RUN_DISABLED: security=deny", [
      `This node runs nothing for agent "${printable(policy.agent)}" (security deny, from ${printable(security.source)}).`,
    ]);
  }
  const checked = checkDenyList(question.plan, question.find, policy, options);
  if (checked.kind === "stopped") {
    const headline = "SYSTEM_RUN_DENIED: denied by this node";
    return deny("deny-list", "security=deny", headline, [checked.why], {
      faults: [checked.fault],
      allowWith: checked.allowWith,
    });
  }
  const analysed = checked.kind === "passed" ? checked.commands : undefined;
  const coverage =
    security.value === "full"
      ? everything([], analysed)
      : coverageIn(question, policy, options, analysed);
  const miss = coverage.ok ? undefined : coverage.miss;
  const hit = coverage.ok;
  const mustAsk = ask.value === "always" || (ask.value === "on-miss" && !hit);
  if (question.approved && (mustAsk || !hit) && ask.value !== "off") {
    if (question.approvalsTrusted)
      return {
        allow: true,
        because: "approved",
        commands: analysed,
        rules: [],
        learn: coverage.ok ? [] : coverage.learn,
      };
    return deny(
      "approval-untrusted",
      "approval-required",
      "SYSTEM_RUN_DENIED: approval required",
      [
        "The gateway says that this run was approved, but a gateway of this version lets any operator claim that.",
        "To believe it, start the node host with: --trust-gateway-approvals",
      ],
      miss,
    );
  }
  if (mustAsk) {
    const why = miss?.lines ?? [
      `This node asks for every run of agent "${printable(policy.agent)}" (ask always, from ${printable(ask.source)}).`,
    ];
    return deny(
      "approval-required",
      "approval-required",
      "SYSTEM_RUN_DENIED: approval required",
      why,
      miss,
    );
  }
  if (!coverage.ok) {
    return deny(
      "allowlist-miss",
      "allowlist-miss",
      "SYSTEM_RUN_DENIED: allowlist miss",
      coverage.miss.lines,
      coverage.miss,
    );
  }
  const because = security.value === "full" ? "full" : "allowlist";
  const { commands, rules } = coverage;
  return { allow: true, because, commands, rules, learn: [] };
}

type AnyCoverage =
  | Extract<Coverage, { ok: false }>
  | {
      readonly ok: true;
      readonly commands: readonly AnalysedCommand[] | undefined;
      readonly rules: readonly string[];
    };

function coverageIn(
  question: RunQuestion,
  policy: EffectivePolicy,
  options: JudgeOptions,
  analysed: readonly AnalysedCommand[] | undefined,
): AnyCoverage {
  const open = policy.allowlist.find(allowsEverything);
  if (open !== undefined) return everything([open.pattern], analysed);
  return coverageOf(question.plan, question.find, policy, options);
}

/** Nothing but the deny list is looked at; without one nothing is rewritten. */
function everything(
  rules: readonly string[],
  commands: readonly AnalysedCommand[] | undefined,
): AnyCoverage {
  return { ok: true, commands, rules };
}

function deny(
  code: Extract<Decision, { allow: false }>["code"],
  reason: DeniedReason,
  headline: string,
  explanation: readonly string[],
  { faults, allowWith }: Pick<Miss, "faults" | "allowWith"> = { faults: [], allowWith: [] },
): Decision {
  const message = [headline, ...explanation].join("\n");
  return { allow: false, code, reason, message, faults, allowWith };
}
