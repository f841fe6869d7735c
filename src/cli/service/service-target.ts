/** Which service a command means: of whom, where, and by which manager. */
import { join } from "node:path";

import { shellQuote } from "../../lib/display-text.ts";
import { UsageError, UserError } from "../../lib/errors.ts";
import { type FoundAccount, findAccount, ownAccount } from "../../service/account.ts";
import { type CommandRunner, systemRunner } from "../../service/command-runner.ts";
import { type Choice, type Marker, chooseManager, findMarkers } from "../../service/detect.ts";
import { readRecord } from "../../service/install-record.ts";
import type { ManagerPorts, ServiceManager, ServicePlace } from "../../service/manager.ts";
import { serviceNames } from "../../service/service-names.ts";
import type { Account, Scope } from "../../service/service-spec.ts";
import { homeDirectory, stateDirectory } from "../../state/paths.ts";
import type { CliContext } from "../context.ts";
import { createManager } from "./create-manager.ts";
import { userBusEnvironment } from "./user-bus.ts";

export interface TargetFlags {
  readonly profile: string | undefined;
  readonly user: boolean;
  readonly system: boolean;
  readonly account: string | undefined;
}

export interface ServiceTarget {
  readonly ports: ManagerPorts;
  readonly place: ServicePlace;
  /** Undefined where a person has to install by hand. */
  readonly manager: ServiceManager | undefined;
  readonly choice: Choice;
  readonly account: Account | undefined;
  readonly found: ReadonlySet<Marker>;
  readonly systemdVersion: number;
  readonly lingering: boolean;
  readonly warnings: readonly string[];
}

/** `install` makes a service; `manage` looks for one that is there. */
export async function findTarget(
  context: CliContext,
  flags: TargetFlags,
  purpose: "install" | "manage",
): Promise<ServiceTarget> {
  if (flags.user && flags.system) {
    throw new UsageError("Cannot use --user together with --system: a service is one of them");
  }
  const { files, machine, clock, spawner } = context;
  const { platform, uid } = machine;
  const env = userBusEnvironment(context);
  const runner = systemRunner({ files, spawner, clock, env, platform });
  const named = flags.profile ?? env["CLAWDBOT_PROFILE"]?.trim();
  const ownState = stateDirectory(env, flags.profile);
  const names = serviceNames(named);
  const ownData = join(ownState, "service");
  const found = findMarkers(files);
  const systemData = systemDataDirectory(platform, found, names.unit);
  let wanted: Scope | undefined = flags.user ? "user" : flags.system ? "system" : undefined;
  if (wanted === undefined && purpose === "manage") {
    if (readRecord(files, ownData)?.scope === "user") wanted = "user";
    else if (readRecord(files, systemData)?.scope === "system") wanted = "system";
  }
  if (wanted === undefined && flags.account !== undefined) wanted = "system";
  const root = uid === 0;
  const asksUser = platform === "linux" && wanted !== "system" && (!root || wanted === "user");
  const userManager = asksUser && (await userManagerAnswers(runner));
  const choice = chooseManager({ platform, root, found, userManager }, wanted);
  const scope: Scope = choice.kind === "recipe" ? "user" : choice.scope;
  const warnings: string[] = [];
  const dataDirectory = scope === "system" ? systemData : ownData;
  const record = readRecord(files, dataDirectory);
  const account =
    scope === "system"
      ? await accountFor(context, runner, {
          asked: flags.account ?? (purpose === "manage" ? record?.account : undefined),
          found,
          platform,
          warnings,
        })
      : undefined;
  if (scope === "user" && flags.account !== undefined && choice.kind !== "recipe") {
    throw new UsageError("Cannot use --account with a service of your own: it runs as you");
  }
  const home = account?.facts.home ?? homeDirectory(env);
  const place: ServicePlace = {
    names,
    scope,
    home,
    stateDirectory:
      scope === "system"
        ? (record?.stateDirectory ?? stateDirectory({ ...env, HOME: home }, flags.profile))
        : ownState,
    dataDirectory,
    uid,
    userName: await userName(context, runner),
  };
  const ports: ManagerPorts = { files, runner, clock };
  const systemdVersion = choice.kind === "systemd" ? await versionOfSystemd(runner) : 0;
  const lingering = files.stat(join("/var/lib/systemd/linger", place.userName), true) !== undefined;
  const accountExists = account === undefined || account.exists;
  const manager = await createManager(context, ports, place, {
    choice,
    found,
    systemdVersion,
    lingering,
    makeAccount: !accountExists,
  });
  return {
    ports,
    place,
    manager,
    choice,
    account: account?.facts,
    found,
    systemdVersion,
    lingering,
    warnings,
  };
}

/** What only root may do is refused before anything is tried, with the line that can be pasted. */
export function needRoot(
  { env, machine }: CliContext,
  { place, manager }: ServiceTarget,
  action: string,
  words: readonly string[],
): void {
  if (place.scope === "user" || machine.uid === 0 || machine.uid === undefined) return;
  const secrets = ["CLAWDBOT_GATEWAY_TOKEN", "CLAWDBOT_GATEWAY_PASSWORD"].filter(
    (name) => action === "install" && env[name],
  );
  const keeps = secrets.length === 0 ? [] : [`--preserve-env=${secrets.join(",")}`];
  // Whoever asks without rights means a node of their own.
  const account =
    action === "install" && !words.includes("--account") ? ["--account", place.userName] : [];
  const line = ["sudo", ...keeps, ...machine.self, "node", action, "--system"];
  throw new UserError(
    `Cannot ${action} the ${manager?.label ?? ""} service of the system: that takes root`,
    { hint: [...line, ...account, ...words].map(shellQuote).join(" ") },
  );
}

function systemDataDirectory(platform: string, found: ReadonlySet<Marker>, unit: string): string {
  if (platform === "darwin") return join("/Library/Application Support/clawdbot", unit);
  // On a Synology an update replaces /etc.
  return join(found.has("synology") ? "/usr/local/etc/clawdbot" : "/etc/clawdbot", unit);
}

async function accountFor(
  context: CliContext,
  runner: CommandRunner,
  request: {
    readonly asked: string | undefined;
    readonly found: ReadonlySet<Marker>;
    readonly platform: string;
    readonly warnings: string[];
  },
): Promise<{ readonly facts: Account; readonly exists: boolean }> {
  const { found, platform, asked, warnings } = request;
  const canMake = platform === "linux" && (found.has("useradd") || found.has("adduser"));
  const makes = canMake && !found.has("synology");
  const invoker = context.env["SUDO_USER"];
  const name = asked ?? (makes ? ownAccount.name : invoker || "root");
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,63}\$?$/.test(name)) {
    throw new UsageError(`Cannot run the service as "${name}": that is no name of an account`);
  }
  const account: FoundAccount | undefined = await findAccount(runner, context.files, name);
  const own = name === ownAccount.name;
  if (account === undefined && !(own && makes)) {
    throw new UsageError(`Cannot run the service as "${name}": there is no such account`);
  }
  if (name === "root" && asked === undefined) {
    warnings.push(
      "Commands will run as root, because no account of its own can be made here; use --account NAME",
    );
  }
  const home = account?.home ?? ownAccount.home;
  return {
    exists: account !== undefined,
    facts: { name, home, own: own && home === ownAccount.home },
  };
}

async function userManagerAnswers(runner: CommandRunner): Promise<boolean> {
  const { code } = await runner.run(["systemctl", "--user", "show", "--property=Version"]);
  return code === 0;
}

async function versionOfSystemd(runner: CommandRunner): Promise<number> {
  const { stdout } = await runner.run(["systemctl", "--version"]);
  return Number(/^systemd (\d+)/.exec(stdout)?.[1] ?? 0);
}

async function userName({ env }: CliContext, runner: CommandRunner): Promise<string> {
  const { code, stdout } = await runner.run(["id", "-un"]);
  const name = code === 0 ? stdout.trim() : "";
  return name || env["USER"] || env["USERNAME"] || "user";
}
