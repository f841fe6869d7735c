/** `clawdbot nodes describe`: everything the gateway tells about one node. */
import { UsageError } from "../../lib/errors.ts";
import { nodeFacts } from "../../operator/node-facts.ts";
import { describeNode } from "../../operator/node-list.ts";
import { columns } from "../columns.ts";
import { defineCommand } from "../command.ts";
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
  timeoutArg,
} from "../operator-flags.ts";
import { withOperator } from "../operator-session.ts";

export const nodesDescribe = defineCommand({
  summary: "Show everything about one node",
  args: {
    name: { type: "positional", required: false, description: "The node, as with --node" },
    ...nodeArg,
    ...connectionArgs,
    ...timeoutArg,
  },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [
    ["clawdbot nodes describe build-box", "by its name"],
    ["clawdbot nodes describe --node 13d328198dd3", "by the beginning of its id"],
  ],
  async run(context, { args }) {
    const [positional, flag] = [textFlag(args, "name"), textFlag(args, "node")];
    if (positional !== undefined && flag !== undefined) {
      throw new UsageError(`Cannot use "${positional}" and --node together: one node is wanted`);
    }
    const query = requiredNode(positional ?? flag);
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const node = await describeNode(operator, query);
      const now = context.clock.now();
      if (switchFlag(args, "json")) writeJson(context.out, { ts: now, node });
      else context.out.write(`${columns(nodeFacts(node, now)).join("\n")}\n`);
      return 0;
    });
  },
});
