/** The service as a unit of systemd, of the machine or of one user. */
import { join } from "node:path";

import { type AccountTool, accountSteps } from "./account.ts";
import { mark } from "./marker.ts";
import type { ManagerPorts, Observation, ServiceManager, ServicePlace } from "./manager.ts";
import { type Step, command } from "./plan.ts";
import { type SystemdAbilities, systemdUnit } from "./render/systemd.ts";
import { observeUnit } from "./systemd-observe.ts";
import { settlingMs, staysUp, whyDown } from "./settle.ts";

export interface SystemdFacts extends SystemdAbilities {
  /** Undefined when the account exists, or none is wanted. */
  readonly makeAccountWith: AccountTool | undefined;
  /** The user's services run on after the last logout. */
  readonly lingering: boolean;
}

export function systemdManager(
  ports: ManagerPorts,
  place: ServicePlace,
  facts: SystemdFacts,
): ServiceManager {
  const system = place.scope === "system";
  const unit = `${place.names.unit}.service`;
  const systemctl = system ? ["systemctl"] : ["systemctl", "--user"];
  const directory = system ? "/etc/systemd/system" : join(place.home, ".config", "systemd", "user");
  const definition = join(directory, unit);
  const wants = join(directory, system ? "multi-user.target.wants" : "default.target.wants");
  const journal = ["journalctl", ...(system ? [] : ["--user"]), "-u", unit];
  const logsHint = [...journal, "-n", "50", "--no-pager"].join(" ");
  const reload = [...systemctl, "daemon-reload"];
  const observe = (): Promise<Observation> => observeUnit(ports.runner, systemctl, unit);
  const settling = { observe, logsHint, forMs: facts.notifies ? 0 : settlingMs };
  const settled = staysUp(ports.clock, settling);
  const explain = (): Promise<string | undefined> => whyDown(settling);
  const clearFailure = command([...systemctl, "reset-failed", unit], "forget old failures", {
    accepts: [1, 5],
  });
  return {
    kind: "systemd",
    label: "systemd",
    loadedText: "enabled",
    notLoadedText: "disabled",
    definition,
    logsHint,
    observe,
    render: (spec) => [
      { path: definition, content: mark(systemdUnit(spec, facts), "hash"), mode: 0o644 },
    ],
    prepare: (_spec, before) => [
      {
        kind: "on-undo",
        commands: [
          reload,
          ...(before.runtime.status === "running" ? [[...systemctl, "restart", unit]] : []),
        ],
      },
      ...(facts.makeAccountWith === undefined ? [] : accountSteps(facts.makeAccountWith)),
    ],
    activate(_spec, before) {
      const running = before.runtime.status === "running";
      return [
        command(reload, "let systemd read the unit"),
        { kind: "directory", path: wants, mode: 0o755 },
        command(
          [...systemctl, "enable", unit],
          "enable the service",
          before.loaded ? {} : { undo: [...systemctl, "disable", unit] },
        ),
        ...lingerSteps(place, facts),
        clearFailure,
        command(
          [...systemctl, "restart", unit],
          "start the service",
          running ? { explain } : { explain, undo: [...systemctl, "stop", unit] },
        ),
        settled,
      ];
    },
    deactivate: () => [
      command([...systemctl, "disable", "--now", unit], "stop and disable the service", {
        // Already disabled by hand, or never enabled.
        accepts: [1, 5],
      }),
      command([...systemctl, "stop", unit], "stop the service", { accepts: [5] }),
    ],
    forget: () => [
      { kind: "tidy", path: wants },
      command(reload, "let systemd forget the unit"),
      clearFailure,
    ],
    start: () => [
      clearFailure,
      command([...systemctl, "start", unit], "start the service", { explain }),
      settled,
    ],
    stop: () => [command([...systemctl, "stop", unit], "stop the service")],
    restart: () => [
      clearFailure,
      command([...systemctl, "restart", unit], "restart the service", { explain }),
      settled,
    ],
    logs: ({ lines, follow }) => ({
      kind: "command",
      argv: [...journal, "-n", String(lines), "--no-pager", ...(follow ? ["-f"] : [])],
    }),
  };
}

/** Without it a user's services end with the last logout, and do not start at boot. */
function lingerSteps(place: ServicePlace, facts: SystemdFacts): Step[] {
  if (place.scope === "system" || facts.lingering) return [];
  return [
    command(
      ["loginctl", "enable-linger", place.userName],
      "keep the service running after logout",
      {
        undo: ["loginctl", "disable-linger", place.userName],
        optional: `Until then it ends with your last logout and does not start at boot. Run: sudo loginctl enable-linger ${place.userName}`,
      },
    ),
  ];
}
