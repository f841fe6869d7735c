/** `clawdbot nodes approve`: lets a machine in. */
import { printable } from "../../lib/display-text.ts";
import { UserError } from "../../lib/errors.ts";
import { findRequest } from "../../operator/find-request.ts";
import { nodeLabel } from "../../operator/node-query.ts";
import { decide, listPairingRequests } from "../../operator/pairing.ts";
import { type PairingRequest, asksForMoreThanNode } from "../../operator/pairing-request.ts";
import { meaning } from "../../operator/pairing-rows.ts";
import { approveCommands, asksTwice } from "../../operator/second-gate.ts";
import { commandApproval } from "../../protocol/generation.ts";
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

const defaultWaitMs = 10_000;

export const nodesApprove = defineCommand({
  summary: "Approve a machine that waits: by request id, or its beginning",
  details: [
    "Approves the device and then, on Gateways that ask twice (OpenClaw), the commands that the\n" +
      "node declares; or the commands alone if the request is about them. A device that asks for\n" +
      "more than to be a node also needs --operator.",
  ],
  args: {
    request: { type: "positional", description: "The request's id, as `nodes pending` shows it" },
    operator: {
      type: "boolean",
      description: "Approve it even if it then controls the Gateway as an operator",
    },
    "device-only": {
      type: "boolean",
      description: "Let the device in; leave its commands for a decision of their own",
    },
    wait: {
      type: "string",
      valueHint: "DURATION",
      description: "Longest wait for a node to ask for its commands (default 10s)",
    },
    ...connectionArgs,
    ...timeoutArg,
  },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [["clawdbot nodes approve 8eec5a65", "4 characters are enough if no other fits"]],
  async run(context, { args }) {
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    const waitMs = timeLimit(textFlag(args, "wait"), "--wait", defaultWaitMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const id = textFlag(args, "request") ?? "";
      const request = findRequest(await listPairingRequests(operator), id, "approve");
      if (!switchFlag(args, "operator")) refuseOperator(request);
      await decide(operator, request, "approve");
      const json = switchFlag(args, "json");
      const tell = (approved: PairingRequest): void => {
        if (json) return;
        context.out.write(`Approved "${nodeLabel(approved)}": ${meaning(approved)}\n`);
      };
      tell(request);
      const second = switchFlag(args, "device-only")
        ? undefined
        : await approveCommands(operator, request, { clock: context.clock, waitMs });
      if (second !== undefined) tell(second);
      if (json) {
        const commands = second === undefined ? {} : { commands: second };
        writeJson(context.out, { decision: "approved", request, ...commands });
        return 0;
      }
      const waits = request.gate === "device" && !asksForMoreThanNode(request);
      if (waits && second === undefined && asksTwice(operator)) {
        context.err.write(
          "This Gateway asks once more, for the node's commands, when it has connected.\n" +
            "  See then: clawdbot nodes pending\n",
        );
      }
      const later = (second ?? request).gate === "commands";
      if (later && commandApproval(operator.hello) === "next-connect") {
        context.err.write("On this Gateway it counts from the node's next connection on.\n");
      }
      return 0;
    });
  },
});

/** The same under the name that the reference has for it. */
export const devicesApprove = {
  ...nodesApprove,
  examples: [["clawdbot devices approve 8eec5a65", "4 characters are enough if no other fits"]],
} satisfies typeof nodesApprove;

/** An id that was copied by mistake must not hand out the whole gateway. */
function refuseOperator(request: PairingRequest): void {
  if (!asksForMoreThanNode(request)) return;
  const id = printable(request.requestId, 80);
  throw new UserError(
    `Cannot approve "${id}": "${nodeLabel(request)}" asks for more than to be a node, ${meaning(request)}`,
    { hint: `If that is wanted: clawdbot nodes approve ${id} --operator` },
  );
}
