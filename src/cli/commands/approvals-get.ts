/** `clawdbot approvals get`: this machine's policy, as it applies. */
import { effectivePolicy } from "../../approvals/effective.ts";
import { parsePolicy } from "../../approvals/policy.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { columns } from "../columns.ts";
import { defineCommand } from "../command.ts";
import { openLocalApprovals } from "./local-approvals.ts";

export const approvalsGet = defineCommand({
  summary: "Show the exec policy of this machine, and what applies to an agent.",
  args: {
    agent: { type: "string", valueHint: "ID", default: "main", description: "Agent to show" },
    profile: {
      type: "string",
      valueHint: "NAME",
      description: "Use the state directory ~/.clawdbot-NAME",
    },
    json: { type: "boolean", description: "One JSON object: path, exists, hash, file" },
  },
  async run(context, { args }) {
    const { path, store, file, exists } = openLocalApprovals(context, args.profile);
    if (args.json === true) {
      context.out.write(`${JSON.stringify(store.snapshot())}\n`);
      return exitCode.ok;
    }
    const parsed = parsePolicy(file);
    if (!parsed.ok) return exitCode.config;
    const policy = effectivePolicy(parsed.policy, args.agent);
    const settings = (["security", "ask", "askFallback", "autoAllowSkills"] as const).map((key) => [
      key,
      String(policy[key].value),
      `from ${policy[key].source}`,
    ]);
    const lines = [
      `File:   ${path}${exists ? "" : " (not there: built-in defaults)"}`,
      `Agent:  ${args.agent}`,
      "",
      ...columns(settings),
      "",
      `Allowlist (${policy.allowlist.length}):`,
      ...policy.allowlist.map(({ pattern }) => `  ${pattern}`),
      ...parsed.policy.problems.map((problem) => `Problem: ${problem}`),
    ];
    context.out.write(`${lines.join("\n")}\n`);
    return exitCode.ok;
  },
});
