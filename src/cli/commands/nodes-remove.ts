/** `clawdbot nodes remove`: forgets a node. */
import { nodeOfWords } from "../node-of-words.ts";
import { removeNode } from "../../operator/devices.ts";
import { chooseNode } from "../../operator/node-list.ts";
import { nodeLabel } from "../../operator/node-query.ts";
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
import { withOperator } from "../operator-session.ts";

export const nodesRemove = defineCommand({
  summary: "Forget a node with its approvals; it has to be approved again",
  details: [
    "Gateways of January 2026 cannot forget a node; there its token is revoked, and a node that\n" +
      "knows the Gateway's own token comes back.",
  ],
  args: {
    name: { type: "positional", required: false, description: "The node, as with --node" },
    ...nodeArg,
    ...connectionArgs,
    ...timeoutArg,
  },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [["clawdbot nodes remove build-box", "by its name"]],
  async run(context, { args }) {
    const query = nodeOfWords(args);
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const node = await chooseNode(operator, query);
      const done = await removeNode(operator, node.nodeId);
      if (switchFlag(args, "json")) {
        writeJson(context.out, { done, nodeId: node.nodeId });
        return 0;
      }
      if (done === "removed") context.out.write(`Removed "${nodeLabel(node)}"\n`);
      else {
        context.out.write(`Revoked the token of "${nodeLabel(node)}"\n`);
        context.err.write(
          "This Gateway cannot forget a node: one that knows the Gateway's own token comes back.\n",
        );
      }
      return 0;
    });
  },
});
