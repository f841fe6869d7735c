/** `clawdbot nodes pending`: what an operator has to decide. */
import { listPairingRequests } from "../../operator/pairing.ts";
import { pairingRows } from "../../operator/pairing-rows.ts";
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

export const nodesPending = defineCommand({
  summary: "Show which machines wait for approval",
  details: [
    "GATE says what waits: a device that wants to connect (all Gateways), or the commands\n" +
      "that a connected node wants to serve (OpenClaw since March 2026, after the device).",
  ],
  args: { ...connectionArgs, ...timeoutArg },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [["clawdbot nodes pending", "then: clawdbot nodes approve REQUEST"]],
  async run(context, { args }) {
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const pending = await listPairingRequests(operator);
      const now = context.clock.now();
      if (switchFlag(args, "json")) {
        writeJson(context.out, { ts: now, pending });
        return 0;
      }
      if (pending.length === 0) {
        context.err.write(
          "Nothing waits for approval.\n" +
            "  A request is forgotten after 5 minutes; the node's next attempt makes a new one.\n",
        );
        return 0;
      }
      context.out.write(`${columns(pairingRows(pending, now)).join("\n")}\n`);
      context.err.write(
        "\nDecide with: clawdbot nodes approve REQUEST, or: clawdbot nodes reject REQUEST\n",
      );
      return 0;
    });
  },
});
