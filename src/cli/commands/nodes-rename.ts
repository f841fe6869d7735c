/** `clawdbot nodes rename`: what operators call a node. */
import { printable } from "../../lib/display-text.ts";
import { UsageError } from "../../lib/errors.ts";
import { renameNode } from "../../operator/devices.ts";
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
  requiredNode,
  timeLimit,
  timeoutArg,
} from "../operator-flags.ts";
import { withOperator } from "../operator-session.ts";

export const nodesRename = defineCommand({
  summary: "Give a node another name",
  args: {
    name: {
      type: "string",
      valueHint: "NAME",
      description: "The new name; without it the last word is",
    },
    ...nodeArg,
    ...connectionArgs,
    ...timeoutArg,
  },
  rest: "[NODE] [NAME]",
  restAnywhere: true,
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [
    ["clawdbot nodes rename 5017f4faeae5 build-box", "by the beginning of its id"],
    ["clawdbot nodes rename --node vm --name 'Build box'", "as the reference has it"],
  ],
  async run(context, { args, rest }) {
    const words = [...rest];
    const query = requiredNode(textFlag(args, "node") ?? words.shift());
    const name = (textFlag(args, "name") ?? words.shift())?.trim() ?? "";
    if (name === "" || words.length > 0) {
      throw new UsageError(
        name === "" ? "Cannot rename to nothing: no name is given" : "Cannot use so many words",
        "Write: clawdbot nodes rename NODE NAME",
      );
    }
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const node = await chooseNode(operator, query);
      await renameNode(operator, node.nodeId, name);
      if (switchFlag(args, "json")) {
        writeJson(context.out, { nodeId: node.nodeId, displayName: name });
      } else {
        context.out.write(`"${nodeLabel(node)}" is now "${printable(name, 80)}"\n`);
      }
      return 0;
    });
  },
});
