/** Puts the steps together: what a running host knows is taken from it, all else is looked at. */
import { printable } from "../../lib/display-text.ts";
import { maskSecrets } from "../../lib/secret-patterns.ts";
import { homeDirectory, pathsIn } from "../../state/paths.ts";
import type { CliContext } from "../context.ts";
import { type FoundHost, findHost } from "../host/find-host.ts";
import { type ServiceStatus, describeService } from "../service/service-status.ts";
import { targetFlags } from "../service/service-flags.ts";
import { findTarget } from "../service/service-target.ts";
import { credentialSteps, introductionSteps } from "./auth-steps.ts";
import { type Check, type Finding, type Step, pass, runSteps, warn } from "./check.ts";
import { type DoctorGateway, doctorGateway } from "./doctor-gateway.ts";
import { hostSteps } from "./host-steps.ts";
import { type PathFacts, pathFinding } from "./path-check.ts";
import { policyFinding } from "./policy-check.ts";
import { probeSteps } from "./probe-steps.ts";
import { lingerFinding, serviceFinding } from "./service-check.ts";
import { chain } from "./stage.ts";
import { stateFinding } from "./state-check.ts";

export interface Examination {
  readonly args: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  readonly standardInput: string | undefined;
  /** The node's identity may be used. */
  readonly connect: boolean;
}

export async function examine(context: CliContext, wanted: Examination): Promise<Check[]> {
  const { files, random, redactor } = context;
  const { args } = wanted;
  const flags = targetFlags(args);
  const target = await findTarget(context, flags, "manage");
  const service = await describeService(context, target);
  const host = await findHost(context, service, flags);
  const installed = service.origin !== "absent" || service.running;
  const suffix = flags.profile === undefined ? "" : ` --profile ${flags.profile}`;
  const start = `clawdbot node ${installed ? "install" : "run"}${suffix}`;
  const paths = pathsIn(
    host.kind === "absent" && installed ? service.place.stateDirectory : host.directory,
  );
  const uid = ownerOf(context, paths.directory);
  const credentialsDirectory = installed ? service.place.dataDirectory : undefined;
  const { standardInput } = wanted;
  const open = (): DoctorGateway =>
    doctorGateway(context, { args, paths, credentialsDirectory, standardInput, start });
  const connection = await connectionSteps(context, { ...wanted, suffix }, host, open);
  const serviceFacts = { service, host, suffix };
  const usesLingering =
    target.choice.kind === "systemd" && service.place.scope === "user" && installed;
  const steps: Step[] = [
    ...connection,
    { id: "path", look: () => pathFinding(files, pathFacts(context, service, host, suffix)) },
    { id: "policy", look: () => policyFinding(files, paths.approvals, uid) },
    { id: "state", look: () => stateFinding(files, random, { paths, uid }) },
    { id: "service", look: () => serviceFinding(files, serviceFacts) },
    { id: "linger", look: () => lingerFinding(serviceFacts, usesLingering) },
  ];
  return runSteps(steps, ({ status, fact, fix }): Finding => ({
    status,
    fact: printable(maskSecrets(redactor.apply(fact)), 2000),
    // These are our own words, among them flags that look like secrets.
    ...(fix === undefined ? {} : { fix: printable(redactor.apply(fix), 2000) }),
  }));
}

/** Root looks at the files of whoever they belong to. */
function ownerOf({ files, machine }: CliContext, directory: string): number | undefined {
  if (machine.uid !== 0) return machine.uid;
  try {
    return files.stat(directory, true)?.uid ?? 0;
  } catch {
    return 0;
  }
}

async function connectionSteps(
  context: CliContext,
  wanted: Examination & { readonly suffix: string },
  host: FoundHost,
  open: () => DoctorGateway,
): Promise<Step[]> {
  const { clock, sockets, machine } = context;
  const { platform } = machine;
  let gateway: DoctorGateway;
  try {
    gateway = open();
  } catch (error) {
    const broken: Step = {
      id: "settings",
      look() {
        throw error;
      },
    };
    const blocked = [...chain.slice(1), "clock" as const];
    return [
      broken,
      ...blocked.map((id): Step => ({ id, needs: ["settings"], look: () => pass("") })),
    ];
  }
  const asked = gateway.source === "flags";
  if (host.kind === "running" && (!asked || host.status.connection.url === gateway.url)) {
    const { endpoint, start, proxy } = gateway;
    return hostSteps(host.status, { endpoint, start }, platform, proxy !== undefined);
  }
  const probe = await context.networkProbe();
  const probes = probeSteps({ probe, sockets, clock, platform }, gateway, wanted.timeoutMs);
  const isClock = ({ id }: Step): boolean => id === "clock";
  return [
    { id: "settings", look: () => settingsFinding(gateway, host) },
    ...probes.filter((step) => !isClock(step)),
    ...authSteps(context, wanted, host, gateway),
    ...probes.filter(isClock),
  ];
}

function authSteps(
  context: CliContext,
  { connect, timeoutMs, suffix }: Examination & { readonly suffix: string },
  host: FoundHost,
  gateway: DoctorGateway,
): Step[] {
  if (host.kind !== "absent") {
    return credentialSteps(
      gateway,
      "a host runs with this identity, and a second connection would disturb it",
    );
  }
  if (!connect) {
    const tryIt = `clawdbot doctor --connect${suffix}`;
    return credentialSteps(gateway, "that takes the node's identity", tryIt);
  }
  return introductionSteps(context, { gateway, paths: pathsIn(host.directory), timeoutMs });
}

function settingsFinding({ url, source, start }: DoctorGateway, host: FoundHost): Finding {
  if (host.kind === "running") {
    return warn(`${url}, as the flags say; the running host uses ${host.status.connection.url}`);
  }
  if (source === "default") {
    return warn(`no gateway is configured; ${url} is tried`, `${start} --host HOST`);
  }
  return pass(`${url}, from ${source === "flags" ? "the flags" : "node.json"}`);
}

function pathFacts(
  { env, machine }: CliContext,
  { record, running, origin }: ServiceStatus,
  host: FoundHost,
  suffix: string,
): PathFacts {
  const common = { home: homeDirectory(env), windows: machine.platform === "win32" };
  const installed = origin !== "absent" || running;
  const again = `clawdbot node install${suffix}`;
  const byHand = "Take them out of PATH where it is set, and start the host again";
  if (host.kind === "running") {
    const fix = installed ? again : byHand;
    return { ...common, path: host.status.path, owner: "the running host", fix };
  }
  const stored = record?.environment["PATH"];
  if (stored !== undefined) return { ...common, path: stored, owner: "the service", fix: again };
  return { ...common, path: env["PATH"] ?? env["Path"] ?? "", owner: "this shell", fix: byHand };
}
