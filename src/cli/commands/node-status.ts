/** `clawdbot node status`: whether the node runs, as what, and how it is. */
import { defineCommand } from "../command.ts";
import { findHost } from "../host/find-host.ts";
import { hostExitCode, statusExitCodes } from "../host/host-exit-code.ts";
import { hostJson } from "../host/host-json.ts";
import { hostRows } from "../host/host-rows.ts";
import { writeJson } from "../json-output.ts";
import { manageArgs, targetFlags } from "../service/service-flags.ts";
import { describeService } from "../service/service-status.ts";
import { findTarget } from "../service/service-target.ts";
import { statusText } from "../service/status-text.ts";

export const nodeStatus = defineCommand({
  summary: "Show whether the node runs, is connected and paired, and what its policy is.",
  details: [
    "Asks the service manager and, over its local socket, the running host itself, also one that was\n" +
      "started by hand. What is wrong stands with the command that mends it; clawdbot doctor says more.",
  ],
  args: manageArgs,
  exitCodes: statusExitCodes,
  examples: [
    ["clawdbot node status", "At a glance"],
    ["clawdbot node status --json", "For programs; the exit code says it, too"],
    ["clawdbot node status --profile work", "Of the node of another state directory"],
  ],
  async run(context, { args }) {
    const flags = targetFlags(args);
    const service = await describeService(context, await findTarget(context, flags, "manage"));
    const host = await findHost(context, service, flags);
    if (args.json === true) {
      writeJson(context.out, { service: service.json, host: hostJson(host) });
    } else {
      const rows = hostRows(host, service.running);
      context.out.write(statusText(service, rows, host.kind !== "absent"));
    }
    return hostExitCode(host, service.running);
  },
});
