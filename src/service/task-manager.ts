/** The service as a task of the Windows Task Scheduler. */
import { join } from "node:path";

import { mark } from "./marker.ts";
import type { ManagerPorts, Observation, ServiceManager, ServicePlace } from "./manager.ts";
import { logFiles, withOwnLog } from "./own-log.ts";
import { command } from "./plan.ts";
import { environmentFile } from "./render/environment-file.ts";
import { serviceVariables } from "./render/service-variables.ts";
import { type TaskFacts, taskXml } from "./render/task-scheduler.ts";
import { parseCsvLine } from "./csv-line.ts";

/** SCHED_S_TASK_RUNNING and SCHED_S_TASK_HAS_NOT_RUN, as `Last Result` gives them. */
const running = 0x41301;
const hasNotRun = 0x41303;

export function taskManager(
  ports: ManagerPorts,
  place: ServicePlace,
  facts: TaskFacts,
): ServiceManager {
  const { task } = place.names;
  const definition = join(place.dataDirectory, "node-task.xml");
  const settings = join(place.dataDirectory, "node.env");
  const log = logFiles(place.stateDirectory);
  const logsHint = `Get-Content -Tail 50 "${log.main}"`;
  const schtasks = (...words: string[]): string[] => ["schtasks", ...words, "/TN", task];
  const create = [...schtasks("/Create", "/F", "/XML", definition)];
  const enable = command(schtasks("/Change", "/ENABLE"), "enable the task");
  const run = command(schtasks("/Run"), "start the task");
  const end = command(schtasks("/End"), "stop the task", { accepts: [1] });
  const observe = async (): Promise<Observation> => {
    const asked = await ports.runner.run(schtasks("/Query", "/V", "/FO", "CSV", "/NH"));
    return asked.code === 0 ? observationOf(asked.stdout) : missing;
  };
  return {
    kind: "task",
    label: "Scheduled Task",
    loadedText: "registered",
    notLoadedText: "missing",
    definition,
    logsHint,
    observe,
    render(spec) {
      const own = withOwnLog(spec, log);
      // A task has no environment of its own, so the host reads it from a file.
      const argv = [...own.argv, "--env-file", settings];
      const text = environmentFile(serviceVariables(spec));
      const xml = mark(taskXml({ ...own, argv }, facts), "xml");
      return [
        { path: settings, content: mark(text, "hash"), mode: 0o600 },
        { path: definition, content: utf16(xml), mode: 0o600 },
      ];
    },
    prepare: (_spec, before) => [
      // Runs after the old definition is back in its place.
      {
        kind: "on-undo",
        commands: before.loaded
          ? [create, ...(before.runtime.status === "running" ? [schtasks("/Run")] : [])]
          : [],
      },
      { kind: "directory", path: log.directory, mode: 0o700 },
    ],
    activate: (_spec, before) => [
      ...(before.loaded ? [end] : []),
      command(
        create,
        "register the task",
        before.loaded ? {} : { undo: schtasks("/Delete", "/F") },
      ),
      run,
    ],
    deactivate: () => [
      end,
      command(schtasks("/Delete", "/F"), "remove the task", { accepts: [1] }),
    ],
    forget: () => [],
    start: () => [enable, run],
    // Without it a task that was ended would be started again within a minute.
    stop: () => [command(schtasks("/Change", "/DISABLE"), "disable the task"), end],
    restart: () => [enable, end, run],
    logs: () => ({ kind: "files", paths: [log.main] }),
  };
}

const missing: Observation = {
  loaded: false,
  failed: false,
  dropIns: [],
  runtime: { status: "stopped", missingUnit: true },
};

/** Column of `Last Result`: headings and states are translated, their order and numbers are not. */
const lastResultColumn = 6;

export function observationOf(text: string): Observation {
  const line = text.split(/\r?\n/).find((candidate) => candidate.trim() !== "") ?? "";
  const result = Number(parseCsvLine(line)[lastResultColumn]);
  const known = Number.isInteger(result) && result !== running && result !== hasNotRun;
  return {
    loaded: true,
    failed: false,
    dropIns: [],
    runtime: {
      status: Number.isInteger(result) ? (result === running ? "running" : "stopped") : "unknown",
      ...(known ? { lastExitStatus: result } : {}),
    },
  };
}

/** schtasks wants UTF-16 with a byte order mark. */
function utf16(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le"));
}
