/** `clawdbot nodes describe`: everything the gateway tells about one node. */
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
  timeLimit,
  timeoutArg,
} from "../operator-flags.ts";
import { nodeOfWords } from "../node-of-words.ts";
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
    const query = nodeOfWords(args);
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
