/** `clawdbot nodes reject`: keeps a machine out. */
import { findRequest } from "../../operator/find-request.ts";
import { nodeLabel } from "../../operator/node-query.ts";
import { decide, listPairingRequests } from "../../operator/pairing.ts";
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

export const nodesReject = defineCommand({
  summary: "Reject a machine that waits: by request id, or its beginning",
  details: [
    "The machine may ask again: a new request then appears. To end that, stop its node host\n" +
      "or change the Gateway's token.",
  ],
  args: {
    request: { type: "positional", description: "The request's id, as `nodes pending` shows it" },
    ...connectionArgs,
    ...timeoutArg,
  },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [["clawdbot nodes reject 8eec5a65", "4 characters are enough if no other fits"]],
  async run(context, { args }) {
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const id = textFlag(args, "request") ?? "";
      const request = findRequest(await listPairingRequests(operator), id, "reject");
      await decide(operator, request, "reject");
      if (switchFlag(args, "json")) writeJson(context.out, { decision: "rejected", request });
      else context.out.write(`Rejected "${nodeLabel(request)}"\n`);
      return 0;
    });
  },
});

/** The same under the name that the reference has for it. */
export const devicesReject = {
  ...nodesReject,
  examples: [["clawdbot devices reject 8eec5a65", "4 characters are enough if no other fits"]],
} satisfies typeof nodesReject;
