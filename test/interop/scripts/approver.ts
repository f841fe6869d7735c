// Program: an operator who gives every request that reaches the gateway the same answer, by the
// functions that the command line has for it.
//   CLAWDBOT_GATEWAY_URL=… bun approver.ts DECISION
import { resolveOnGateway, watchOnGateway } from "../../../src/cli/gateway-approvals.ts";
import { approvalDecision } from "../../../src/protocol/approval-requests.ts";
import { context } from "./operator-context.ts";

const decision = approvalDecision.parse(process.argv[2]);

const watching = {
  ...context,
  out: {
    isTerminal: false,
    write(text: string) {
      context.out.write(text);
      const { event, id } = JSON.parse(text) as { event: string; id: string };
      if (event === "requested") void resolveOnGateway(context, { json: true }, id, decision);
    },
  },
  // What is watched for is there before signals are.
  onSignal(listener: Parameters<typeof context.onSignal>[0]) {
    context.out.write("listening\n");
    return context.onSignal(listener);
  },
};
process.exit(await watchOnGateway(watching, { json: true }));
