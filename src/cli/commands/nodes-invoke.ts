/** `clawdbot nodes invoke`: any command of a node, with its parameters as JSON. */
import { UsageError } from "../../lib/errors.ts";
import { parseJson } from "../../lib/json.ts";
import { invokeNode } from "../../operator/invoke-node.ts";
import { chooseNode } from "../../operator/node-list.ts";
import { runExitCode } from "../../operator/run-exit-code.ts";
import { defineCommand } from "../command.ts";
import { switchFlag, textFlag } from "../flag-values.ts";
import { untilSignal } from "../interrupt.ts";
import { writeJson, writeJsonValue } from "../json-output.ts";
import {
  connectionArgs,
  defaultTimeoutMs,
  nodeArg,
  operatorEnvironment,
  operatorExitCodes,
  requiredNode,
  timeLimit,
  timeoutArg,
} from "../operator-flags.ts";
import { withOperator } from "../operator-session.ts";

const defaultInvokeMs = 15_000;

export const nodesInvoke = defineCommand({
  summary: "Invoke any command of a node with JSON parameters",
  details: ["Prints what the node answers as JSON."],
  args: {
    ...nodeArg,
    command: {
      type: "string",
      valueHint: "NAME",
      description: "The node's command, for example system.which",
    },
    params: { type: "string", valueHint: "JSON", description: "Its parameters (default {})" },
    "invoke-timeout": {
      type: "string",
      valueHint: "DURATION",
      description: "Longest wait for the node; a bare number is milliseconds (default 15s)",
    },
    ...connectionArgs,
    ...timeoutArg,
  },
  environment: operatorEnvironment,
  exitCodes: [...operatorExitCodes, [runExitCode.timedOut, "the node gave no result in time"]],
  examples: [
    [
      `clawdbot nodes invoke --node build-box --command system.which --params '{"bins":["git"]}'`,
      "where git is on that machine",
    ],
    [
      "clawdbot nodes invoke --node build-box --command system.execApprovals.get",
      "the policy that guards that machine",
    ],
  ],
  async run(context, { args }) {
    const query = requiredNode(textFlag(args, "node"));
    const command = textFlag(args, "command");
    if (command === undefined) {
      throw new UsageError(
        "Cannot invoke nothing: --command is missing",
        "See what a node offers: clawdbot nodes describe NODE",
      );
    }
    const params = readParams(textFlag(args, "params") ?? "{}");
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    const invokeText = textFlag(args, "invoke-timeout");
    const invokeMs = timeLimit(invokeText, "--invoke-timeout", defaultInvokeMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const node = await chooseNode(operator, query);
      const payload = await untilSignal(
        context,
        invokeNode(operator, {
          node,
          command,
          params,
          timeoutMs: invokeMs,
          idempotencyKey: context.random.uuid(),
        }),
        `"${command}" may still be under way on the node`,
      );
      if (switchFlag(args, "json")) {
        writeJson(context.out, { ok: true, nodeId: node.nodeId, command, payload });
      } else {
        writeJsonValue(context.out, payload);
      }
      return 0;
    });
  },
});

function readParams(text: string): unknown {
  const parsed = parseJson(text);
  if (parsed !== undefined) return parsed.value;
  throw new UsageError(
    "Cannot use --params: it is not valid JSON",
    `Quote it for the shell: --params '{"bins":["git"]}'`,
  );
}
