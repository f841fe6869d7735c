/** `clawdbot node start`, `stop` and `restart`. */
import { printable } from "../../lib/display-text.ts";
import { UserError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { applyPlan } from "../../service/apply.ts";
import type { Observation, ServiceManager } from "../../service/manager.ts";
import type { CommandSpec } from "../command.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { type Done, reportAction, snapshot } from "../service/action-output.ts";
import { requireManager } from "../service/require-manager.ts";
import { manageArgs, targetFlags } from "../service/service-flags.ts";
import { findTarget, needRoot } from "../service/service-target.ts";

interface Control {
  readonly action: "start" | "stop" | "restart";
  readonly summary: string;
  readonly details: string;
  readonly result: string;
  readonly past: string;
}

export const nodeStart = control({
  action: "start",
  summary: "Start the installed service.",
  details: "It is running already: nothing happens.",
  result: "started",
  past: "Started",
});

export const nodeStop = control({
  action: "stop",
  summary: "Stop the service; running commands may finish first.",
  details:
    "It starts again with the machine or your next login; on Windows only with `clawdbot node start`.",
  result: "stopped",
  past: "Stopped",
});

export const nodeRestart = control({
  action: "restart",
  summary: "Stop the service and start it again.",
  details:
    "For a new executable or a changed node.json; the policy and the token are read as they change.",
  result: "restarted",
  past: "Restarted",
});

function control(spec: Control): CommandSpec {
  return defineCommand({
    summary: spec.summary,
    details: [spec.details],
    args: manageArgs,
    exitCodes: [
      [exitCode.ok, spec.action === "start" ? "running" : `${spec.result}, or not installed`],
      [
        exitCode.failure,
        spec.action === "start" ? "not installed, or it does not stay up" : `not ${spec.result}`,
      ],
    ],
    run(context, { args }) {
      return reportAction(context, spec.action, args.json === true, () =>
        perform(context, spec, args),
      );
    },
  });
}

async function perform(
  context: CliContext,
  spec: Control,
  args: Readonly<Record<string, unknown>>,
): Promise<Done> {
  const target = await findTarget(context, targetFlags(args), "manage");
  const manager = requireManager(target);
  const before = await manager.observe();
  if (before.runtime.status === "unknown") {
    throw new UserError(`Cannot ${spec.action} the service: ${before.runtime.detail ?? "unknown"}`);
  }
  if (!isInstalled(context, manager, before)) return notInstalled(spec, manager, before);
  needRoot(context, target, spec.action, []);
  const warnings = await applyPlan(target.ports, manager[spec.action]());
  return {
    code: exitCode.ok,
    json: {
      result: spec.result,
      service: snapshot(manager, await manager.observe()),
      ...(warnings.length > 0 ? { warnings } : {}),
    },
    text: `${spec.past} ${manager.label} service: ${printable(target.place.names.unit)}\n`,
  };
}

function isInstalled(
  { files }: CliContext,
  manager: ServiceManager,
  { loaded }: Observation,
): boolean {
  return loaded || files.stat(manager.definition, true) !== undefined;
}

/** As the reference: nothing to stop is no failure. */
function notInstalled(spec: Control, manager: ServiceManager, observation: Observation): Done {
  const message = `Node service ${manager.notLoadedText}.`;
  const hints = ["clawdbot node install"];
  if (spec.action === "start") {
    throw new UserError(`Cannot start the service: there is no "${manager.definition}"`, {
      hint: hints[0],
    });
  }
  return {
    code: exitCode.ok,
    json: {
      result: "not-loaded",
      message,
      ...(spec.action === "restart" ? { hints } : {}),
      service: snapshot(manager, observation),
    },
    text: `${message}\n${spec.action === "restart" ? `Start with: ${hints[0]}\n` : ""}`,
  };
}
