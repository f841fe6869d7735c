/** The service as a start script: SysV init, or `rc.d` of a Synology NAS. */
import { join } from "node:path";

import { type AccountTool, accountSteps } from "./account.ts";
import type { ManagerPorts, ServiceManager, ServicePlace } from "./manager.ts";
import { type Step, command } from "./plan.ts";
import { rcScript } from "./render/rc.ts";
import { scriptManager } from "./script-manager.ts";

export interface RcFacts {
  /** `synology`: every executable `*.sh` of its directory is started at boot. */
  readonly style: "synology" | "sysv";
  /** Puts the script into the run levels; undefined on a Synology. */
  readonly registrar: "update-rc.d" | "chkconfig" | undefined;
  readonly makeAccountWith: AccountTool | undefined;
}

export function rcManager(
  ports: ManagerPorts,
  place: ServicePlace,
  facts: RcFacts,
): ServiceManager {
  const { unit } = place.names;
  const synology = facts.style === "synology";
  const definition = synology ? `/usr/local/etc/rc.d/${unit}.sh` : `/etc/init.d/${unit}`;
  const enabledMark = ["2", "3", "4", "5"].map((level) => `/etc/rc${level}.d`);
  return scriptManager(ports, place, {
    kind: "rc",
    label: synology ? "rc.d" : "SysV init",
    definition,
    render: (spec, log) =>
      rcScript(spec, {
        script: definition,
        pidFile: join(place.stateDirectory, "service.pid"),
        crashLog: log.crash,
      }),
    isEnabled: () =>
      synology
        ? ports.files.stat(definition, true) !== undefined
        : enabledMark.some((directory) =>
            ports.files
              .list(directory)
              .some((name) => new RegExp(`^S\\d\\d`).test(name) && name.slice(3) === unit),
          ),
    account: facts.makeAccountWith === undefined ? [] : accountSteps(facts.makeAccountWith),
    enable: registration(facts.registrar, unit),
    disable: removal(facts.registrar, unit),
    call: (action) => [definition, action],
  });
}

function registration(registrar: RcFacts["registrar"], unit: string): Step[] {
  const what = "start the service at boot";
  if (registrar === "update-rc.d") {
    return [
      command(["update-rc.d", unit, "defaults"], what, {
        undo: ["update-rc.d", "-f", unit, "remove"],
      }),
    ];
  }
  if (registrar === "chkconfig") {
    return [command(["chkconfig", "--add", unit], what, { undo: ["chkconfig", "--del", unit] })];
  }
  return [];
}

function removal(registrar: RcFacts["registrar"], unit: string): Step[] {
  const what = "take the service out of the boot";
  if (registrar === "update-rc.d") {
    return [command(["update-rc.d", "-f", unit, "remove"], what, { accepts: [1] })];
  }
  if (registrar === "chkconfig") {
    return [command(["chkconfig", "--del", unit], what, { accepts: [1] })];
  }
  return [];
}
