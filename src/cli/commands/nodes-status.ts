/** `clawdbot nodes status`: every node that the gateway knows. */
import { listNodes } from "../../operator/node-list.ts";
import { nodeRows } from "../../operator/node-rows.ts";
import { columns } from "../columns.ts";
import { defineCommand } from "../command.ts";
import { switchFlag, textFlag } from "../flag-values.ts";
import { writeJson } from "../json-output.ts";
import {
  connectionArgs,
  defaultTimeoutMs,
  operatorEnvironment,
  operatorExitCodes,
  timeLimit,
  timeoutArg,
} from "../operator-flags.ts";
import { withOperator } from "../operator-session.ts";

export const nodesStatus = defineCommand({
  summary: "Show the nodes of the Gateway and whether they are connected",
  args: {
    connected: { type: "boolean", description: "Only those that are connected" },
    ...connectionArgs,
    ...timeoutArg,
  },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [
    ["clawdbot nodes status", "all nodes of the Gateway on this machine"],
    ["clawdbot nodes status --json | jq '.nodes[].displayName'", "only their names"],
  ],
  async run(context, { args }) {
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const all = await listNodes(operator);
      const nodes = switchFlag(args, "connected") ? all.filter((node) => node.connected) : all;
      const now = context.clock.now();
      if (switchFlag(args, "json")) {
        writeJson(context.out, { ts: now, nodes });
        return 0;
      }
      if (nodes.length === 0) {
        context.err.write(
          `${all.length === 0 ? "This Gateway knows no node yet." : "No node is connected."}\n` +
            "  On the machine that shall be one: clawdbot node run; then here: clawdbot nodes pending\n",
        );
        return 0;
      }
      context.out.write(`${columns(nodeRows(nodes, now)).join("\n")}\n`);
      return 0;
    });
  },
});
