/** `clawdbot node install`: check, plan, show or carry out. */
import type { ParsedArgs } from "citty";

import { UsageError, UserError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { applyPlan } from "../../service/apply.ts";
import { type InstallPlan, planInstall, refuseForeign } from "../../service/install.ts";
import { hasCredentials } from "../../service/render/systemd.ts";
import { recipeText } from "../../service/render/recipe.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { journalRetention } from "../journal-flags.ts";
import { withEnvironmentFiles } from "../environment-files.ts";
import { type Done, reportAction, snapshot } from "../service/action-output.ts";
import { changesText, filesJson, installedText, planText } from "../service/install-text.ts";
import { refuseInNixMode } from "../service/nix-mode.ts";
import { buildSpec, type SpecRequest } from "../service/build-spec.ts";
import { targetFlags } from "../service/service-flags.ts";
import { type ServiceTarget, findTarget, needRoot } from "../service/service-target.ts";
import { serviceWords } from "../service/service-words.ts";
import { nodeInstallArgs, nodeInstallHelp } from "./node-install-args.ts";
import { nodeRunArgs, pairArgs, repeatableNodeRunArgs } from "./node-run-args.ts";
import { nodeExecFlags } from "./node-exec-flags.ts";
import { pairFirst, refusePairing, wantsPairing } from "./node-pair.ts";
import { type CheckedNode, checkNode } from "./node-setup.ts";

export const nodeInstall = defineCommand({
  ...nodeInstallHelp,
  args: nodeInstallArgs,
  repeatable: repeatableNodeRunArgs,
  run(context, { args, repeated }) {
    return reportAction(context, "install", args.json === true, async () => {
      if (args.runtime === "node") {
        throw new UsageError(
          'Cannot use --runtime "node": this executable carries its own runtime, and its code does not run on another one',
          "Leave it out, or write: --runtime bun",
        );
      }
      refuseInNixMode(context, "install");
      const target = await findTarget(context, targetFlags(args), "install");
      if (wantsPairing(context, args)) refusePairing(args, target.account);
      const words = { definitions: nodeRunArgs, args, repeated, cwd: context.machine.cwd };
      if (args.print !== true) {
        const all = serviceWords({ ...words, definitions: nodeInstallArgs, without: notForRoot });
        needRoot(context, target, "install", all);
      }
      const own = targetContext(context, target);
      const surroundings = withEnvironmentFiles(own, repeated["env-file"] ?? []);
      if (wantsPairing(context, args)) await pairFirst(surroundings, args);
      const request: SpecRequest = {
        args,
        environmentFiles: repeated["env-file"] ?? [],
        profile: args.profile,
        hardening: args.hardening,
        words: serviceWords({ ...words, without: notInUnit }),
        check: await checked(surroundings, args, repeated),
      };
      return install(own, target, request, {
        print: args.print === true,
        force: args.force === true,
      });
    });
  },
});

/** What `node run` would refuse is refused now: such a service could only fail. */
function checked(
  context: CliContext,
  args: ParsedArgs<typeof nodeInstallArgs>,
  repeated: Readonly<Record<string, readonly string[]>>,
): Promise<CheckedNode> {
  journalRetention(args);
  nodeExecFlags(context, args, repeated["cwd-map"] ?? []);
  return checkNode(context, args);
}

/** Flags that the service gets in another way, or that are used up by now. */
const notInUnit = ["token-file", "env-file", "profile", ...Object.keys(pairArgs)];

/** Flags that the line for root says in its own way. */
const notForRoot = ["json", "print", "user", "system"];

interface Ways {
  readonly print: boolean;
  readonly force: boolean;
}

async function install(
  context: CliContext,
  target: ServiceTarget,
  request: SpecRequest,
  ways: Ways,
): Promise<Done> {
  const { place, manager, ports } = target;
  const built = buildSpec(context, target, request);
  const { spec, secrets } = built;
  if (manager === undefined) return recipe(target, spec.argv);
  const before = await manager.observe();
  const plan = planInstall(context.files, manager, {
    spec,
    secrets,
    before,
    secretsStayRoots: manager.kind === "systemd" && hasCredentials(spec, target.systemdVersion),
    switchesLingering: manager.kind === "systemd" && place.scope === "user" && !target.lingering,
  });
  const warnings = [...target.warnings, ...built.warnings];
  const facts = { spec, url: built.url, manager };
  if (ways.print) {
    return {
      code: exitCode.ok,
      json: { result: "printed", ...filesJson(plan), warnings },
      text: planText(plan),
    };
  }
  if (plan.steps.length === 0) {
    return {
      code: exitCode.ok,
      json: {
        result: "already-installed",
        message: `Node service already ${manager.loadedText}.`,
        service: snapshot(manager, before),
        ...(warnings.length > 0 ? { warnings } : {}),
      },
      text: `Node service already ${manager.loadedText}, and nothing changes: ${manager.definition}\n`,
    };
  }
  if (!ways.force) refuseForeign(plan);
  warnings.push(...(await applyPlan(ports, plan.steps)));
  return {
    code: exitCode.ok,
    json: {
      result: "installed",
      service: snapshot(manager, await manager.observe()),
      sourcePath: manager.definition,
      changes: changedPaths(plan),
      ...(warnings.length > 0 ? { warnings } : {}),
    },
    text: `${changesText(plan)}${installedText(facts)}`,
  };
}

function changedPaths(plan: InstallPlan): string[] {
  return plan.files.filter(({ same }) => !same).map(({ file }) => file.path);
}

/** The same machine as whoever the service runs as sees it. */
function targetContext(context: CliContext, { place, account }: ServiceTarget): CliContext {
  if (account === undefined) return context;
  return { ...context, env: { ...context.env, HOME: place.home } };
}

function recipe({ choice, place }: ServiceTarget, argv: readonly string[]): Done {
  if (choice.kind !== "recipe") throw new UserError("Cannot install a service here");
  const text = recipeText(choice.recipe, {
    argv,
    unit: place.names.unit,
    stateDirectory: place.stateDirectory,
  });
  return {
    code: exitCode.failure,
    json: {
      result: "manual",
      error: "Cannot install a service here: there is no service manager that this program knows",
      hints: text.trimEnd().split("\n"),
    },
    text,
  };
}
