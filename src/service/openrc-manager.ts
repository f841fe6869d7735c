/** The service as a script of OpenRC. */
import { type AccountTool, accountSteps } from "./account.ts";
import { scriptManager } from "./script-manager.ts";
import type { ManagerPorts, ServiceManager, ServicePlace } from "./manager.ts";
import { command } from "./plan.ts";
import { openrcScript } from "./render/openrc.ts";

export function openrcManager(
  ports: ManagerPorts,
  place: ServicePlace,
  makeAccountWith: AccountTool | undefined,
): ServiceManager {
  const { unit } = place.names;
  const definition = `/etc/init.d/${unit}`;
  const link = `/etc/runlevels/default/${unit}`;
  return scriptManager(ports, place, {
    kind: "openrc",
    label: "OpenRC",
    definition,
    render: (spec, log) => openrcScript(spec, log.crash),
    isEnabled: () => ports.files.stat(link, false) !== undefined,
    account: makeAccountWith === undefined ? [] : accountSteps(makeAccountWith),
    enable: [
      command(["rc-update", "add", unit, "default"], "start the service at boot", {
        undo: ["rc-update", "del", unit, "default"],
      }),
    ],
    disable: [
      command(["rc-update", "del", unit, "default"], "take the service out of the boot", {
        accepts: [1],
      }),
    ],
    call: (action) => ["rc-service", unit, action],
  });
}
