/** `clawdbot approvals pending`: what waits for an answer on this machine. */
import { formatDuration } from "../../lib/duration.ts";
import { visibleText, printable } from "../../lib/display-text.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { type PendingApproval, pendingList } from "../../protocol/control.ts";
import { columns } from "../columns.ts";
import { defineCommand } from "../command.ts";
import { textFlag } from "../flag-values.ts";
import { writeJson } from "../json-output.ts";
import { listOnGateway, watchOnGateway } from "../gateway-approvals.ts";
import { askHost, controlExitCodes } from "../local-control.ts";
import { answerArgs, isForGateway } from "../where-it-waits.ts";

export const approvalsPending = defineCommand({
  summary: "Show which runs wait for your answer on this machine, or at a Gateway",
  details: [
    "They wait where the node host was started with --ask-local. The command is shown to the letter:\n" +
      "every character but plain ASCII is spelled out as \\u{…}, so that none can pass for another.",
  ],
  args: {
    ...answerArgs,
    watch: { type: "boolean", description: "With --gateway: go on showing what comes" },
  },
  exitCodes: [[exitCode.ok, "the list was shown, empty or not"], ...controlExitCodes],
  examples: [
    ["clawdbot approvals pending", "then: clawdbot approvals approve ID"],
    ["clawdbot approvals pending --gateway --watch", "What operators ask for at the Gateway"],
  ],
  async run(context, { args }) {
    if (isForGateway(args)) {
      return args.watch === true ? watchOnGateway(context, args) : listOnGateway(context, args);
    }
    const request = { method: "approvals.pending" } as const;
    const list = await askHost(context, textFlag(args, "profile"), request, pendingList);
    if (args.json === true) {
      writeJson(context.out, list);
      return exitCode.ok;
    }
    if (list.pending.length === 0) {
      context.err.write("Nothing waits for an answer.\n");
      return exitCode.ok;
    }
    for (const pending of list.pending) {
      context.out.write(`${render(pending, list.ts).join("\n")}\n\n`);
    }
    context.err.write(
      "Answer with: clawdbot approvals approve ID [--always], or: clawdbot approvals deny ID\n",
    );
    return exitCode.ok;
  },
});

export function render(pending: PendingApproval, now: number): string[] {
  const { id, agent, sessionKey, command, cwd, programs, env, why } = pending;
  const since = formatDuration(Math.max(0, now - pending.createdAtMs));
  const left = formatDuration(Math.max(0, pending.expiresAtMs - now));
  return columns([
    ["ID", `${visibleText(id)}  (asked ${since} ago, ${left} left)`],
    ["Agent", `${visibleText(agent)}  (session ${visibleText(sessionKey)})`],
    ["Command", visibleText(command)],
    ["Directory", visibleText(cwd)],
    ...labelled(
      "Programs",
      programs.map(({ path, realPath }) =>
        path === realPath ? visibleText(path) : `${visibleText(path)} -> ${visibleText(realPath)}`,
      ),
    ),
    ...labelled(
      "Variables",
      env.map(({ name, value }) => `${visibleText(name)}=${visibleText(value)}`),
    ),
    ...labelled(
      "Reason",
      why.map((line) => printable(line, line.length)),
    ),
  ]);
}

function labelled(label: string, lines: readonly string[]): [string, string][] {
  return lines.map((line, index) => [index === 0 ? label : "", line]);
}
