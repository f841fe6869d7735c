/** What services have in common that are shell scripts with start, stop and status. */
import { dirname } from "node:path";

import type { LogFiles } from "./own-log.ts";
import { logFiles, withOwnLog } from "./own-log.ts";
import { mark } from "./marker.ts";
import type { ManagerPorts, Observation, ServiceManager, ServicePlace } from "./manager.ts";
import { type Step, command } from "./plan.ts";
import { settlingMs, staysUp } from "./settle.ts";
import type { ServiceSpec } from "./service-spec.ts";

interface ScriptFacts {
  readonly kind: "openrc" | "rc";
  readonly label: string;
  readonly definition: string;
  render(spec: ServiceSpec, log: LogFiles): string;
  isEnabled(): boolean;
  readonly account: readonly Step[];
  readonly enable: readonly Step[];
  readonly disable: readonly Step[];
  readonly call: (action: "start" | "stop" | "restart" | "status") => readonly string[];
}

export function scriptManager(
  ports: ManagerPorts,
  place: ServicePlace,
  facts: ScriptFacts,
): ServiceManager {
  const { definition, call } = facts;
  const log = logFiles(place.stateDirectory);
  const logsHint = `tail -n 50 ${log.main} ${log.crash}`;
  const exists = (): boolean => ports.files.stat(definition, true) !== undefined;
  const observe = async (): Promise<Observation> => {
    if (!exists()) return missing;
    const { code, stdout } = await ports.runner.run(call("status"));
    const pid = Number(/pid (\d+)/.exec(stdout)?.[1]);
    return {
      loaded: facts.isEnabled(),
      failed: false,
      dropIns: [],
      runtime: { status: code === 0 ? "running" : "stopped", ...(pid > 0 ? { pid } : {}) },
    };
  };
  const settled = staysUp(ports.clock, { observe, logsHint, forMs: settlingMs });
  return {
    kind: facts.kind,
    label: facts.label,
    loadedText: "enabled",
    notLoadedText: "disabled",
    definition,
    logsHint,
    observe,
    render: (spec) => [
      {
        path: definition,
        content: mark(facts.render(withOwnLog(spec, log), log), "hash"),
        mode: 0o755,
      },
    ],
    prepare: (spec, before) => [
      {
        kind: "on-undo",
        commands: before.runtime.status === "running" ? [call("restart")] : [],
      },
      ...facts.account,
      // The old script knows how its process is stopped.
      ...(before.runtime.status === "running"
        ? [command(call("stop"), "stop the service that runs so far")]
        : []),
      ...homeSteps(spec, log),
    ],
    activate: (_spec, before) => [
      ...(before.loaded ? [] : facts.enable),
      command(call("start"), "start the service", { undo: call("stop") }),
      settled,
    ],
    deactivate: () => [
      command(call("stop"), "stop the service", { accepts: [1] }),
      ...facts.disable,
    ],
    forget: () => [],
    start: () => [command(call("start"), "start the service"), settled],
    stop: () => [command(call("stop"), "stop the service")],
    restart: () => [command(call("restart"), "restart the service"), settled],
    logs: () => ({ kind: "files", paths: [log.main, log.crash] }),
  };
}

/** What an account of its own has to find, and to own. */
function homeSteps({ account, stateDirectory }: ServiceSpec, log: LogFiles): Step[] {
  if (account === undefined || account.name === "root") {
    return [{ kind: "directory", path: log.directory, mode: 0o700 }];
  }
  const directories = [account.home, stateDirectory, log.directory].filter(
    (path) => path !== account.home || account.own,
  );
  return [
    { kind: "directory", path: dirname(account.home), mode: 0o755 },
    ...directories.flatMap((path): Step[] => [
      { kind: "directory", path, mode: 0o700 },
      // Its owner may have put a link there; what that leads to stays whose it is.
      command(["chown", "-h", account.name, path], `hand over "${path}"`),
    ]),
  ];
}

const missing: Observation = {
  loaded: false,
  failed: false,
  dropIns: [],
  runtime: { status: "stopped", missingUnit: true },
};
