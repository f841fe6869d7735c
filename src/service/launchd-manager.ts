/** The service as an agent or daemon of launchd. */
import { join } from "node:path";

import { mark } from "./marker.ts";
import type { ManagerPorts, Observation, ServiceManager, ServicePlace } from "./manager.ts";
import { logFiles, withOwnLog } from "./own-log.ts";
import { command } from "./plan.ts";
import { launchdPlist } from "./render/launchd.ts";
import { settlingMs, staysUp, untilGone } from "./settle.ts";

/** What `launchctl` answers for a job that it does not know. */
const unknownJob = [3, 36, 113];

export function launchdManager(ports: ManagerPorts, place: ServicePlace): ServiceManager {
  const system = place.scope === "system";
  const { label } = place.names;
  const domain = system ? "system" : `gui/${place.uid ?? 0}`;
  const target = `${domain}/${label}`;
  const directory = system ? "/Library/LaunchDaemons" : join(place.home, "Library", "LaunchAgents");
  const definition = join(directory, `${label}.plist`);
  const log = logFiles(place.stateDirectory);
  const logsHint = `tail -n 50 ${log.main}`;
  const observe = async (): Promise<Observation> => {
    const { code, stdout } = await ports.runner.run(["launchctl", "print", target]);
    return code === 0 ? observationOf(stdout) : notLoaded;
  };
  const settled = staysUp(ports.clock, { observe, logsHint, forMs: settlingMs });
  const bootout = command(["launchctl", "bootout", target], "stop the service", {
    accepts: unknownJob,
  });
  // Unloading only begins it: the job is there until its host has finished its commands.
  const unload = [bootout, untilGone(ports.clock, async () => (await observe()).loaded)];
  const explain = async (): Promise<string | undefined> => {
    const { code } = await ports.runner.run(["launchctl", "print", domain]);
    return code === 0
      ? undefined
      : `nobody is logged in at the screen; for a service without that: sudo clawdbot node install --system --account ${place.userName}`;
  };
  const load = [
    command(["launchctl", "enable", target], "enable the service"),
    command(["launchctl", "bootstrap", domain, definition], "start the service", {
      undo: ["launchctl", "bootout", target],
      explain,
    }),
    settled,
  ];
  return {
    kind: "launchd",
    label: system ? "LaunchDaemon" : "LaunchAgent",
    loadedText: "loaded",
    notLoadedText: "not loaded",
    definition,
    logsHint,
    observe,
    render: (spec) => [
      {
        path: definition,
        content: mark(launchdPlist(withOwnLog(spec, log), log.crash), "xml"),
        mode: 0o644,
      },
    ],
    prepare: (spec, before) => [
      {
        kind: "on-undo",
        commands: before.loaded ? [["launchctl", "bootstrap", domain, definition]] : [],
      },
      { kind: "directory", path: log.directory, mode: 0o700 },
      ...(spec.account === undefined
        ? []
        : [
            command(
              ["chown", "-h", spec.account.name, log.directory],
              "hand over the log directory",
            ),
          ]),
    ],
    // A job that is loaded keeps its old definition until it is unloaded.
    activate: () => [...unload, ...load],
    deactivate: () => unload,
    forget: () => [],
    start: () => load,
    stop: () => unload,
    restart: () => [
      command(["launchctl", "kickstart", "-k", target], "restart the service"),
      settled,
    ],
    logs: () => ({ kind: "files", paths: [log.main, log.crash] }),
  };
}

const notLoaded: Observation = {
  loaded: false,
  failed: false,
  dropIns: [],
  runtime: { status: "stopped", missingUnit: true },
};

/** Reads `launchctl print`, whose keys are not translated. */
export function observationOf(text: string): Observation {
  const value = (name: string): string | undefined =>
    new RegExp(`^\\t${name} = (.+)$`, "m").exec(text)?.[1];
  const state = value("state") ?? "unknown";
  const pid = Number(value("pid"));
  const last = /^-?\d+/.exec(value("last exit code") ?? "")?.[0];
  const running = state === "running" || pid > 0;
  return {
    loaded: true,
    failed: !running && last !== undefined && last !== "0",
    dropIns: [],
    runtime: {
      status: running ? "running" : "stopped",
      state,
      ...(pid > 0 ? { pid } : {}),
      ...(last === undefined ? {} : { lastExitStatus: Number(last) }),
    },
  };
}
