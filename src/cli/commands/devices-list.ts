/** `clawdbot devices list`: who was let in, and who waits. */
import { deviceRows } from "../../operator/device-rows.ts";
import { listDevices } from "../../operator/devices.ts";
import { pairingRequests } from "../../operator/pairing-request.ts";
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

export const devicesList = defineCommand({
  summary: "Show the devices that the Gateway lets in, and those that wait",
  details: ["A device is a machine with its key; it may be a node, an operator, or both."],
  args: { ...connectionArgs, ...timeoutArg },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [["clawdbot devices list", "nodes and operators alike"]],
  async run(context, { args }) {
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const { pending, paired } = await listDevices(operator);
      const now = context.clock.now();
      if (switchFlag(args, "json")) {
        writeJson(context.out, { ts: now, pending, paired });
        return 0;
      }
      const requests = pairingRequests(pending, []);
      const sections = [
        section("Waiting", requests.length, pairingRows(requests, now)),
        section("Approved", paired.length, deviceRows(paired, now)),
      ];
      context.out.write(`${sections.join("\n\n")}\n`);
      return 0;
    });
  },
});
