import type { AccountTool } from "../../service/account.ts";
import type { Choice, Marker } from "../../service/detect.ts";
import { launchdManager } from "../../service/launchd-manager.ts";
import type { ManagerPorts, ServiceManager, ServicePlace } from "../../service/manager.ts";
import { openrcManager } from "../../service/openrc-manager.ts";
import { rcManager } from "../../service/rc-manager.ts";
import { systemdManager } from "../../service/systemd-manager.ts";
import { taskManager } from "../../service/task-manager.ts";
import type { CliContext } from "../context.ts";

interface ManagerFacts {
  readonly choice: Choice;
  readonly found: ReadonlySet<Marker>;
  readonly systemdVersion: number;
  readonly lingering: boolean;
  readonly makeAccount: boolean;
}

/** Undefined where a person has to install by hand. */
export async function createManager(
  context: CliContext,
  ports: ManagerPorts,
  place: ServicePlace,
  { choice, found, systemdVersion, lingering, makeAccount }: ManagerFacts,
): Promise<ServiceManager | undefined> {
  const tool: AccountTool = found.has("useradd") ? "useradd" : "adduser";
  const makeAccountWith = makeAccount ? tool : undefined;
  switch (choice.kind) {
    case "systemd":
      return systemdManager(ports, place, {
        version: systemdVersion,
        notifies: await canNotify(context),
        makeAccountWith,
        lingering,
      });
    case "launchd":
      return launchdManager(ports, place);
    case "openrc":
      return openrcManager(ports, place, makeAccountWith);
    case "rc": {
      const installed = found.has("updateRc") ? "update-rc.d" : "chkconfig";
      const registrar = choice.style === "synology" ? undefined : installed;
      return rcManager(ports, place, { style: choice.style, registrar, makeAccountWith });
    }
    case "task": {
      const { env } = context;
      const root = env["SystemRoot"] ?? "C:\\Windows";
      return taskManager(ports, place, {
        user: [env["USERDOMAIN"], env["USERNAME"] ?? place.userName].filter(Boolean).join("\\"),
        start: (await isElevated(ports)) ? "boot" : "logon",
        consoleHost: `${root}\\System32\\conhost.exe`,
      });
    }
    case "recipe":
      return undefined;
    default:
      return choice satisfies never;
  }
}

/** The service is this very executable: what works here works there. */
async function canNotify(context: CliContext): Promise<boolean> {
  return (await context.serviceNotifier("@clawdbot-probe")) !== undefined;
}

/** The integrity level of an administrator, by its number: names of groups are translated. */
async function isElevated({ runner }: ManagerPorts): Promise<boolean> {
  const { stdout } = await runner.run(["whoami", "/groups", "/fo", "csv", "/nh"]);
  return /S-1-16-(12288|16384)\b/.test(stdout);
}
