/** `clawdbot nodes which`: where programs are on a node. */
import { printable } from "../../lib/display-text.ts";
import { UsageError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { chooseNode } from "../../operator/node-list.ts";
import { nodeLabel } from "../../operator/node-query.ts";
import { whichOnNode } from "../../operator/which-on-node.ts";
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

export const nodesWhich = defineCommand({
  summary: "Show where programs are on a node",
  details: ["Looks only along the node's PATH: a name with a slash is never found."],
  args: { ...nodeArg, ...connectionArgs, ...timeoutArg },
  rest: "NAME…",
  restAnywhere: true,
  environment: operatorEnvironment,
  exitCodes: [...operatorExitCodes, [exitCode.failure, "also: one of the names was not found"]],
  examples: [["clawdbot nodes which --node build-box git node", "two programs at once"]],
  async run(context, { args, rest }) {
    const query = requiredNode(textFlag(args, "node"));
    if (rest.every((name) => name.trim() === "")) {
      throw new UsageError(
        "Cannot look for nothing: no name is given",
        "Write: clawdbot nodes which --node NODE NAME…",
      );
    }
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const node = await chooseNode(operator, query);
      const { bins, missing } = await whichOnNode(operator, {
        node,
        names: rest,
        timeoutMs,
        idempotencyKey: context.random.uuid(),
      });
      if (switchFlag(args, "json")) {
        writeJson(context.out, { nodeId: node.nodeId, bins, missing });
      } else {
        const rows = Object.entries(bins).map((row) => row.map((cell) => printable(cell, 4096)));
        context.out.write(
          columns(rows)
            .map((line) => `${line}\n`)
            .join(""),
        );
        for (const name of missing) {
          context.err.write(`${printable(name)}: not found on "${nodeLabel(node)}"\n`);
        }
      }
      return missing.length === 0 ? exitCode.ok : exitCode.failure;
    });
  },
});
