/** `clawdbot approvals approve ID` and `clawdbot approvals deny ID`. */
import { UserError } from "../../lib/errors.ts";
import { visibleText, printable } from "../../lib/display-text.ts";
import { exitCode } from "../../lib/exit-code.ts";
import {
  type ApprovalDecision,
  type ResolvedApproval,
  resolvedApproval,
} from "../../protocol/control.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { switchFlag, textFlag } from "../flag-values.ts";
import { writeJson } from "../json-output.ts";
import { resolveOnGateway } from "../gateway-approvals.ts";
import { askHost, controlExitCodes } from "../local-control.ts";
import { answerArgs, isForGateway } from "../where-it-waits.ts";

const idArg = {
  id: {
    type: "positional",
    required: true,
    description: "Id of a request, or the beginning of it",
  },
} as const;

export const approvalsApprove = defineCommand({
  summary: "Let a run that waits on this machine, or at a Gateway, go ahead",
  details: [
    "What runs is what `clawdbot approvals pending` shows, or nothing: where the policy, the program or\n" +
      "the directory is another one by now, the run is denied.",
  ],
  args: {
    ...idArg,
    always: {
      type: "boolean",
      description: "Put its programs on the agent's allowlist too, where an entry can say it",
    },
    ...answerArgs,
  },
  exitCodes: [[exitCode.ok, "it runs, or may be run once (--gateway)"], ...controlExitCodes],
  examples: [
    ["clawdbot approvals approve 1f0c9b2e", "Once"],
    ["clawdbot approvals approve 1f0c9b2e --always", "Its programs, from now on"],
    ["clawdbot approvals approve 1f0c9b2e --gateway", "A request that waits at the Gateway"],
  ],
  run: (context, { args }) =>
    answer(context, args, args.always === true ? "allow-always" : "allow-once"),
});

export const approvalsDenyRequest = defineCommand({
  summary: "Deny a run that waits on this machine, or at a Gateway",
  args: { ...idArg, ...answerArgs },
  exitCodes: [[exitCode.ok, "it was denied"], ...controlExitCodes],
  run: (context, { args }) => answer(context, args, "deny"),
});

async function answer(
  context: CliContext,
  args: Readonly<Record<string, unknown>> & { readonly id: string },
  decision: ApprovalDecision,
): Promise<number> {
  const { id } = args;
  if (isForGateway(args)) return resolveOnGateway(context, args, id, decision);
  const json = switchFlag(args, "json");
  const profile = textFlag(args, "profile");
  const request = { method: "approvals.resolve", id, decision } as const;
  const resolved = await askHost(context, profile, request, resolvedApproval);
  const failed = decision !== "deny" && !resolved.runs;
  if (json) {
    writeJson(context.out, resolved);
    return failed ? exitCode.failure : exitCode.ok;
  }
  if (failed) {
    const why = (resolved.problem ?? "it was denied").split("\n").map((line) => printable(line));
    throw new UserError(`Cannot run "${visibleText(resolved.command)}": ${why.join("\n  ")}`);
  }
  context.err.write(`${described(resolved).join("\n")}\n`);
  return exitCode.ok;
}

function described({ command, agent, decision, learnt, problem }: ResolvedApproval): string[] {
  const shown = visibleText(command);
  if (decision === "deny") return [`Denied: ${shown}`];
  if (decision === "allow-once") return [`Allowed once: ${shown}`];
  const forGood = learnt.map(
    (pattern) => `  Allowed for good for agent "${visibleText(agent)}": ${visibleText(pattern)}`,
  );
  const why =
    problem === undefined ? [] : [`  It cannot be allowed for good: ${printable(problem)}`];
  return [`${learnt.length === 0 ? "Allowed once" : "Allowed"}: ${shown}`, ...forGood, ...why];
}
