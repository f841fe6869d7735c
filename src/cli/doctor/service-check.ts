/** The service that starts the host, and whether it outlives the last logout. */
import { printable } from "../../lib/display-text.ts";
import type { Files } from "../../platform/ports.ts";
import { version } from "../../version.ts";
import type { FoundHost } from "../host/find-host.ts";
import { isOutdated, versionText } from "../host/host-json.ts";
import type { ServiceStatus } from "../service/service-status.ts";
import { type Finding, fail, pass, skip, warn } from "./check.ts";

export interface ServiceFacts {
  readonly service: ServiceStatus;
  readonly host: FoundHost;
  /** Behind every command: ` --profile NAME`. */
  readonly suffix: string;
}

export function serviceFinding(files: Files, { service, host, suffix }: ServiceFacts): Finding {
  const { origin, running, manager, observation, record, runtime, place } = service;
  const sudo = place.scope === "system" ? "sudo " : "";
  const command = (action: string): string => `${sudo}clawdbot node ${action}${suffix}`;
  const stale = staleText(host);
  if (origin === "absent" && !running) {
    if (stale !== undefined) return warn(stale, "Stop it, and start it again");
    const by = host.kind === "running" ? `; a host runs by hand (pid ${host.status.pid})` : "";
    return skip(`none is installed${by}`, `clawdbot node install${suffix}`);
  }
  const [program] = record?.programArguments ?? [];
  if (program !== undefined && files.stat(program, true) === undefined) {
    return fail(`the service starts "${program}", which is not there`, command("install"));
  }
  if (!running) {
    const why = runtime.detail === undefined ? "" : `: ${printable(runtime.detail)}`;
    return fail(
      `the ${manager.label} service is not running${why}`,
      `${command("start")}, and see: ${command("logs")}`,
    );
  }
  if (stale !== undefined) return warn(stale, command("restart"));
  if (host.kind === "mute") return warn(host.problem, host.hint ?? command("restart"));
  if (host.kind === "absent") {
    return warn("the service runs, and its host does not answer", command("restart"));
  }
  if (!observation.loaded) {
    return warn(
      `the ${manager.label} service runs, and does not start by itself`,
      command("install"),
    );
  }
  const noted = origin === "edited" ? ", its file was edited" : "";
  return pass(`the ${manager.label} service runs (pid ${host.status.pid})${noted}`);
}

function staleText(host: FoundHost): string | undefined {
  if (host.kind !== "running" || !isOutdated(host.status)) return undefined;
  return `the running host is version ${versionText(host.status)}, this executable is ${version}`;
}

export function lingerFinding({ service }: ServiceFacts, usesLingering: boolean): Finding {
  if (!usesLingering) return skip("no user service of systemd is installed");
  if (!service.endsAtLogout) return pass("the service outlives the last logout");
  return warn(
    "the service ends with the last logout and does not start at boot",
    `sudo loginctl enable-linger ${service.place.userName}`,
  );
}
