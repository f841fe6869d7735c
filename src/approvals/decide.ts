/** The decision about one `system.run`: a pure function of request, policy and facts. */
import { printable, shellQuote } from "../lib/display-text.ts";
import type { DeniedReason } from "../protocol/system-run.ts";
import type { EffectivePolicy } from "./effective.ts";
import {
  type MatchOptions,
  type ProgramFacts,
  allowsEverything,
  findMatch,
} from "./match-program.ts";
import { kindOf } from "./program-kinds.ts";

const longestPath = 4096;

export interface RunQuestion {
  readonly argv: readonly string[];
  /** The gateway claims that an operator approved this run. */
  readonly approved: boolean;
  /** That claim may be believed. */
  readonly approvalsTrusted: boolean;
  /** Undefined when the first word names no executable file here. */
  readonly program: ProgramFacts | undefined;
}

export type Decision =
  | {
      readonly allow: true;
      /** `full`: the words run exactly as they were sent. */
      readonly because: "full" | "allowlist" | "approved";
      readonly rule: string | undefined;
    }
  | {
      readonly allow: false;
      /** Stable code for logs. */
      readonly code:
        | "security-deny"
        | "approval-required"
        | "allowlist-miss"
        | "approval-untrusted";
      readonly reason: DeniedReason;
      /** Begins with the words that gateways and agents know. */
      readonly message: string;
    };

export function decide(
  question: RunQuestion,
  policy: EffectivePolicy,
  options: MatchOptions,
): Decision {
  const { security, ask } = policy;
  if (security.value === "deny") {
    return deny("security-deny", "security=deny", "SYSTEM_RUN_DISABLED: security=deny", [
      `This node runs nothing for agent "${printable(policy.agent)}" (security deny, from ${printable(security.source)}).`,
    ]);
  }
  const miss = security.value === "full" ? undefined : missOf(question, policy, options);
  const hit = miss === undefined;
  const mustAsk = ask.value === "always" || (ask.value === "on-miss" && !hit);
  if (question.approved && (mustAsk || !hit) && ask.value !== "off") {
    if (question.approvalsTrusted) return { allow: true, because: "approved", rule: undefined };
    return deny("approval-untrusted", "approval-required", "SYSTEM_RUN_DENIED: approval required", [
      "The gateway says that this run was approved, but a gateway of this version lets any operator claim that.",
      "To believe it, start the node host with: --trust-gateway-approvals",
    ]);
  }
  if (mustAsk) {
    const why = miss ?? [
      `This node asks for every run of agent "${printable(policy.agent)}" (ask always, from ${printable(ask.source)}).`,
    ];
    return deny(
      "approval-required",
      "approval-required",
      "SYSTEM_RUN_DENIED: approval required",
      why,
    );
  }
  if (miss !== undefined) {
    return deny("allowlist-miss", "allowlist-miss", "SYSTEM_RUN_DENIED: allowlist miss", miss);
  }
  if (security.value === "full") return { allow: true, because: "full", rule: undefined };
  const rule = question.program && findMatch(policy.allowlist, question.program, options)?.pattern;
  return { allow: true, because: "allowlist", rule };
}

/** Why an allowlist does not cover the command, with the remedy; undefined when it does. */
function missOf(
  { argv, program }: RunQuestion,
  policy: EffectivePolicy,
  options: MatchOptions,
): readonly string[] | undefined {
  const [name = ""] = argv;
  if (policy.allowlist.some(allowsEverything)) return undefined;
  if (program === undefined) {
    return [
      `"${printable(name)}" is no executable program on this node, so no allowlist entry can cover it.`,
    ];
  }
  const kind = kindOf([name, program.path], program.realPath);
  if (kind === "shell") {
    return [
      "It is shell text, which an allowlist does not cover yet.",
      "Send the command as separate words, for example: clawdbot nodes run --node NODE -- git status",
    ];
  }
  if (kind === "dispatcher") {
    return [
      `"${printable(program.realPath, longestPath)}" starts other programs, so an allowlist entry for it would allow everything.`,
      "Send the command that it starts instead.",
    ];
  }
  if (findMatch(policy.allowlist, program, options) !== undefined) return undefined;
  return [
    `"${printable(program.path, longestPath)}" is not on the allowlist of agent "${printable(policy.agent)}" on this node (security allowlist, from ${printable(policy.security.source)}).`,
    `Allow it on the node with: clawdbot approvals allowlist add ${word(program.path)} --agent ${word(policy.agent)}`,
  ];
}

/** A word of a command line that is safe both to show and to copy. */
function word(text: string): string {
  return shellQuote(printable(text, longestPath));
}

function deny(
  code: Extract<Decision, { allow: false }>["code"],
  reason: DeniedReason,
  headline: string,
  explanation: readonly string[],
): Decision {
  return { allow: false, code, reason, message: [headline, ...explanation].join("\n") };
}
