/** `clawdbot node status`: whether the node runs, and as what. */
import { exitCode } from "../../lib/exit-code.ts";
import { defineCommand } from "../command.ts";
import { writeJson } from "../json-output.ts";
import { manageArgs, targetFlags } from "../service/service-flags.ts";
import { describeService } from "../service/service-status.ts";
import { findTarget } from "../service/service-target.ts";
import { statusText } from "../service/status-text.ts";

export const nodeStatus = defineCommand({
  summary: "Show whether the node's service is installed and running.",
  args: manageArgs,
  exitCodes: [
    [exitCode.ok, "the service is running"],
    [exitCode.failure, "it is not running, or not installed"],
  ],
  examples: [
    ["clawdbot node status", "At a glance"],
    ["clawdbot node status --json", "For programs; the exit code says it, too"],
  ],
  async run(context, { args }) {
    const target = await findTarget(context, targetFlags(args), "manage");
    const service = await describeService(context, target);
    if (args.json === true) writeJson(context.out, { service: service.json });
    else context.out.write(statusText(service));
    return service.running ? exitCode.ok : exitCode.failure;
  },
});
