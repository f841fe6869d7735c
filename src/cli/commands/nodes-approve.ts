/** `clawdbot nodes approve`: lets a machine in. */
import { printable } from "../../lib/display-text.ts";
import { UserError } from "../../lib/errors.ts";
import { findRequest } from "../../operator/find-request.ts";
import { nodeLabel } from "../../operator/node-query.ts";
import { decide, listPairingRequests } from "../../operator/pairing.ts";
import { type PairingRequest, asksForMoreThanNode } from "../../operator/pairing-request.ts";
import { meaning } from "../../operator/pairing-rows.ts";
import { generationOf } from "../../protocol/generation.ts";
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

export const nodesApprove = defineCommand({
  summary: "Approve a machine that waits: by request id, or its beginning",
  details: [
    "Approves the device, or on later Gateways the node's commands, whichever the request is\n" +
      "about. A device that asks for more than to be a node also needs --operator.",
  ],
  args: {
    request: { type: "positional", description: "The request's id, as `nodes pending` shows it" },
    operator: {
      type: "boolean",
      description: "Approve it even if it then controls the Gateway as an operator",
    },
    ...connectionArgs,
    ...timeoutArg,
  },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [["clawdbot nodes approve 8eec5a65", "4 characters are enough if no other fits"]],
  async run(context, { args }) {
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const id = textFlag(args, "request") ?? "";
      const request = findRequest(await listPairingRequests(operator), id, "approve");
      if (!switchFlag(args, "operator")) refuseOperator(request);
      await decide(operator, request, "approve");
      if (switchFlag(args, "json")) {
        writeJson(context.out, { decision: "approved", request });
        return 0;
      }
      context.out.write(`Approved "${nodeLabel(request)}": ${meaning(request)}\n`);
      const later = generationOf(operator.hello).operatorTool === "openclaw";
      if (later && request.gate === "device" && !asksForMoreThanNode(request)) {
        context.err.write(
          "This Gateway asks once more, for the node's commands, when it has connected.\n" +
            "  See in a few seconds: clawdbot nodes pending\n",
        );
      }
      return 0;
    });
  },
});

/** An id that was copied by mistake must not hand out the whole gateway. */
function refuseOperator(request: PairingRequest): void {
  if (!asksForMoreThanNode(request)) return;
  const id = printable(request.requestId, 80);
  throw new UserError(
    `Cannot approve "${id}": "${nodeLabel(request)}" asks for more than to be a node, ${meaning(request)}`,
    { hint: `If that is wanted: clawdbot nodes approve ${id} --operator` },
  );
}
