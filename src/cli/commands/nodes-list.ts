/** `clawdbot nodes list`: what waits for approval, and what is approved. */
import { listNodes } from "../../operator/node-list.ts";
import { nodeRows } from "../../operator/node-rows.ts";
import { listPairingRequests } from "../../operator/pairing.ts";
import { pairingRows } from "../../operator/pairing-rows.ts";
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
import { section } from "../section.ts";

export const nodesList = defineCommand({
  summary: "List pending requests and nodes together",
  args: { ...connectionArgs, ...timeoutArg },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [["clawdbot nodes list", "what waits for approval, and all nodes"]],
  async run(context, { args }) {
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const pending = await listPairingRequests(operator);
      const nodes = await listNodes(operator);
      const now = context.clock.now();
      if (switchFlag(args, "json")) {
        writeJson(context.out, { ts: now, pending, nodes });
        return 0;
      }
      const sections = [
        section("Pending", pending.length, pairingRows(pending, now)),
        section("Nodes", nodes.length, nodeRows(nodes, now)),
      ];
      context.out.write(`${sections.join("\n\n")}\n`);
      return 0;
    });
  },
});
