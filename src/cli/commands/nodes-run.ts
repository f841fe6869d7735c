/** `clawdbot nodes run`: a command on another machine, as if it were here. */
import { approvalDefaultMs, maxApprovalMs } from "../../protocol/limits.ts";
import { UsageError } from "../../lib/errors.ts";
import { shellQuote } from "../../lib/display-text.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { chooseNode } from "../../operator/node-list.ts";
import { runExitCode } from "../../operator/run-exit-code.ts";
import { runOutcome } from "../../operator/run-outcome.ts";
import { type RunFlags, checkRunFlags, runRequest } from "../../operator/run-request.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { switchFlag, textFlag } from "../flag-values.ts";
import { writeJson } from "../json-output.ts";
import {
  connectionArgs,
  defaultTimeoutMs,
  nodeArg,
  operatorEnvironment,
  operatorExitCodes,
  requiredNode,
  timeLimit,
} from "../operator-flags.ts";
import { withOperator } from "../operator-session.ts";
import { runWithApproval } from "../run-with-approval.ts";

/** Long enough for a build, short enough that nothing forgotten runs for ever. */
const defaultRunMs = 600_000;

const args = {
  ...nodeArg,
  cwd: { type: "string", valueHint: "DIR", description: "Directory on the node to run in" },
  env: {
    type: "string",
    valueHint: "NAME=VALUE",
    description: "Variable for the command; may be repeated",
  },
  raw: {
    type: "string",
    valueHint: "TEXT",
    description:
      "Shell text instead of words after --: /bin/sh -lc TEXT, on Windows cmd.exe /d /s /c TEXT",
  },
  timeout: {
    type: "string",
    valueHint: "DURATION",
    description:
      "The node stops the command after this time: 30s, 2h; a bare number is milliseconds (default 10m)",
  },
  agent: {
    type: "string",
    valueHint: "ID",
    description: "Agent whose allowlist counts on the node",
  },
  "request-approval": {
    type: "boolean",
    description: "If the node wants an approval, ask the Gateway's operators and wait for it",
  },
  "approval-timeout": {
    type: "string",
    valueHint: "DURATION",
    description: "How long to wait for the approval, at most 24h (default 2m)",
  },
  ...connectionArgs,
} as const;

export const nodesRun = defineCommand({
  summary: "Run a command on a node; its output and exit code become ours",
  details: [
    "The node's own policy decides whether the command may run; a refusal says how to allow it.\n" +
      "Output arrives when the command has ended. Standard input is closed.",
    "With --request-approval a run that the node would only do with an approval is put to the\n" +
      "operators of the Gateway, word for word; a yes counts for this one run. What the node\n" +
      "allows anyway runs at once. A node of a Clawdbot Gateway (January 2026) has to be started\n" +
      "with --trust-gateway-approvals, because there any operator can claim an approval.",
  ],
  args,
  repeatable: ["env"],
  rest: "COMMAND ARGS…",
  environment: operatorEnvironment,
  exitCodes: [
    [exitCode.ok, "the command succeeded"],
    [
      exitCode.failure,
      "refused by the node or an operator, or the command was ended by an unknown signal",
    ],
    ...operatorExitCodes.filter(([code]) => code > exitCode.failure),
    [runExitCode.timedOut, "the time limit passed"],
    [runExitCode.notExecutable, "the program exists on the node and cannot be executed"],
    [runExitCode.notFound, "there is no such program on the node"],
    [runExitCode.signalBase, "+ number: a signal ended the command, or the waiting (130: Ctrl-C)"],
    [255, "or any other code: the command's own (--json tells them apart)"],
  ],
  examples: [
    [
      "clawdbot nodes run --node build-box -- git -C /srv/app pull",
      "one program with its arguments",
    ],
    ["clawdbot nodes run --node build-box --raw 'make 2>&1 | tail -5' --timeout 1h", "shell text"],
    ["clawdbot nodes run --node pi --cwd /tmp --env LANG=C -- ls -l", "directory and variable"],
    [
      "clawdbot nodes run --node pi --request-approval -- systemctl restart web",
      "asks first where the node wants it",
    ],
  ],
  async run(context, input) {
    const flags = runFlags(input);
    const query = requiredNode(textFlag(input.args, "node"));
    checkRunFlags(flags);
    const approvalMs = approvalTime(input.args);
    return withOperator(context, input.args, defaultTimeoutMs, async (operator) => {
      const node = await chooseNode(operator, query);
      const request = runRequest(flags, node);
      const payload = await runWithApproval(context, operator, {
        node,
        params: request.params,
        shown: request.shown,
        cwd: flags.cwd,
        agentId: flags.agentId,
        timeoutMs: request.invokeMs,
        approvalMs,
      });
      const shown = flags.raw ?? flags.argv.map(shellQuote).join(" ");
      const outcome = runOutcome(payload, { shown, timeoutMs: flags.timeoutMs });
      const { result, message } = outcome;
      if (switchFlag(input.args, "json")) {
        writeJson(context.out, { nodeId: node.nodeId, command: request.shown.argv, ...result });
      } else {
        context.out.write(result.stdout);
        context.err.write(result.stderr);
      }
      if (message !== undefined) context.err.write(`${lineStart(result.stderr)}${message}\n`);
      return outcome.exitCode;
    });
  },
});

function runFlags({ args: given, repeated, rest }: CommandInput<typeof args>): RunFlags {
  return {
    argv: rest,
    raw: textFlag(given, "raw"),
    cwd: textFlag(given, "cwd"),
    env: repeated["env"] ?? [],
    agentId: textFlag(given, "agent"),
    timeoutMs: timeLimit(textFlag(given, "timeout"), "--timeout", defaultRunMs),
  };
}

/** Undefined: nobody is asked. */
function approvalTime(given: Readonly<Record<string, unknown>>): number | undefined {
  const text = textFlag(given, "approval-timeout");
  if (!switchFlag(given, "request-approval")) {
    if (text === undefined) return undefined;
    throw new UsageError("Cannot use --approval-timeout without --request-approval");
  }
  const ms = timeLimit(text, "--approval-timeout", approvalDefaultMs);
  if (ms <= maxApprovalMs) return ms;
  throw new UsageError(
    `Cannot use --approval-timeout "${text}": an approval is asked for at most 24h`,
  );
}

/** Our own line never continues the command's last one. */
function lineStart(before: string): string {
  return before === "" || before.endsWith("\n") ? "" : "\n";
}
