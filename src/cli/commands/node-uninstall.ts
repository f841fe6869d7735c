/** `clawdbot node uninstall`: removes what `node install` made, and nothing else. */
import { printable } from "../../lib/display-text.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { applyPlan } from "../../service/apply.ts";
import { planUninstall } from "../../service/uninstall.ts";
import { defineCommand } from "../command.ts";
import { type Done, reportAction, snapshot } from "../service/action-output.ts";
import { refuseInNixMode } from "../service/nix-mode.ts";
import { requireManager } from "../service/require-manager.ts";
import { manageArgs, targetFlags } from "../service/service-flags.ts";
import { findTarget, needRoot } from "../service/service-target.ts";

export const nodeUninstall = defineCommand({
  summary: "Stop the service and remove what the installation made.",
  details: [
    "The state directory stays: identity, policy and pairing are the node's, and a new installation\nfinds them again. So do drop-ins of yours, and the account of a system service.",
  ],
  args: {
    ...manageArgs,
    force: { type: "boolean", description: "Remove a service that another program installed" },
  },
  exitCodes: [
    [exitCode.ok, "removed, or not there"],
    [exitCode.failure, "not removed"],
  ],
  run(context, { args }) {
    return reportAction(context, "uninstall", args.json === true, async (): Promise<Done> => {
      refuseInNixMode(context, "uninstall");
      const target = await findTarget(context, targetFlags(args), "manage");
      const manager = requireManager(target);
      const { place, ports } = target;
      const steps = planUninstall(context.files, manager, place, {
        force: args.force === true,
        lingering: target.lingering,
      });
      if (steps.length > 0) needRoot(context, target, "uninstall", []);
      const { dropIns } = await manager.observe();
      const warnings = await applyPlan(ports, steps);
      const after = await manager.observe();
      const path = printable(manager.definition);
      const done = `Removed ${manager.label} service: ${path}\nLeft as it is: ${printable(place.stateDirectory)}`;
      const kept = dropIns.map((file) => `Left as it is: ${printable(file)}`);
      return {
        code: exitCode.ok,
        json: {
          result: "uninstalled",
          ...(steps.length > 0 ? {} : { message: `Service not found at ${manager.definition}` }),
          service: snapshot(manager, after),
          ...(warnings.length > 0 ? { warnings } : {}),
        },
        text:
          steps.length > 0
            ? `${[done, ...kept].join("\n")}\n`
            : `${manager.label} service not found at ${path}\n`,
      };
    });
  },
});
