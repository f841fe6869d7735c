/** `clawdbot approvals get`: a policy file, and what applies to an agent. */
import { describeEntry } from "../../approvals/allow-entries.ts";
import { type EffectivePolicy, effectivePolicy, everyAgent } from "../../approvals/effective.ts";
import { parsePolicy } from "../../approvals/policy.ts";
import { ConfigError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { printable } from "../../lib/display-text.ts";
import type { EntryUsage } from "../../state/approvals-usage.ts";
import { type ApprovalsTarget, targetArgs, withApprovals } from "../approvals-target.ts";
import { columns } from "../columns.ts";
import { defineCommand } from "../command.ts";
import { operatorEnvironment } from "../operator-flags.ts";

export const approvalsGet = defineCommand({
  summary: "Show the exec policy of this machine, of a node or of the gateway.",
  details: [
    "For this machine it also shows how often an entry let a command run, and which one was the last. A running node host stores that a few seconds later.",
    "Hosts of Clawdbot and OpenClaw have defaults of their own: what their file lacks is shown so.",
    "With --json it prints what the gateway protocol calls a snapshot: path, exists, hash, file.",
  ],
  environment: operatorEnvironment,
  args: {
    agent: { type: "string", valueHint: "ID", default: "main", description: "Agent to show" },
    ...targetArgs,
  },
  examples: [
    ["clawdbot approvals get", "This machine"],
    ["clawdbot approvals get --node build-box", "A node, through the gateway"],
  ],
  run: (context, { args }) =>
    withApprovals(context, args, (target) => {
      const text =
        args.json === true ? JSON.stringify(target.snapshot) : render(target, args.agent);
      context.out.write(`${text}\n`);
      return exitCode.ok;
    }),
});

function render({ label, ours, snapshot, file, usage }: ApprovalsTarget, agent: string): string {
  const parsed = parsePolicy(file);
  if (!parsed.ok) throw new ConfigError(`Cannot use the policy of ${label}: ${parsed.problem}`);
  const policy = effectivePolicy(parsed.policy, agent);
  const there = snapshot.exists ? "" : " (not there: built-in defaults)";
  const builtIn = ours ? undefined : theirOwn;
  return [
    `File:   ${printable(snapshot.path)}${there}`,
    `Agent:  ${printable(agent)}`,
    "",
    ...settingLines(policy, builtIn),
    "",
    `Allowlist (${policy.allowlist.length}):`,
    ...columns(
      policy.allowlist.map((entry) => [
        `  ${printable(describeEntry(entry))}`,
        lastUse(usage.filter((use) => use.pattern === entry.pattern && isFor(use, agent))),
      ]),
    ),
    ...(policy.deny.length === 0 ? [] : ["", `Never (${policy.deny.length}):`]),
    ...policy.deny.map(({ pattern }) => `  ${printable(pattern)}`),
    ...parsed.policy.problems.map((problem) => `Problem: ${printable(problem)}`),
  ].join("\n");
}

function isFor(entry: EntryUsage, agent: string): boolean {
  return agent === everyAgent || entry.agent === agent;
}

/** Empty for an entry that has not been used; a command may name anything, so it is made safe. */
function lastUse(uses: readonly EntryUsage[]): string {
  const last = uses.toSorted((a, b) => b.lastUsedAt - a.lastUsedAt)[0];
  if (last === undefined) return "";
  const count = uses.reduce((sum, use) => sum + use.count, 0);
  const times = count === 1 ? "once" : `${count} times`;
  const when = new Date(last.lastUsedAt);
  const shown = Number.isNaN(when.getTime()) ? "unknown" : when.toISOString().slice(0, 16);
  return `used ${times}, last ${shown}Z: ${printable(last.lastUsedCommand, 60)}`;
}

/** Clawdbot and OpenClaw decide by built-in settings of their own, and do not tell them. */
const theirOwn = "its own default";

function settingLines(policy: EffectivePolicy, builtIn: string | undefined): string[] {
  const keys = ["security", "ask", "askFallback", "autoAllowSkills"] as const;
  return columns(
    keys.map((key) => {
      const { value, source } = policy[key];
      if (source === "built-in" && builtIn !== undefined) return [key, builtIn, ""];
      return [key, String(value), `from ${printable(source)}`];
    }),
  );
}
