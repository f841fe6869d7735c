/** Everything that is known about the service, without asking the host itself. */
import { type InstallRecord, readRecord } from "../../service/install-record.ts";
import { textOf } from "../../service/install.ts";
import type { Observation, Runtime, ServiceManager } from "../../service/manager.ts";
import { type Origin, originOf } from "../../service/marker.ts";
import { noManager } from "../../service/no-manager.ts";
import type { CliContext } from "../context.ts";
import { snapshot } from "./action-output.ts";
import type { ServiceTarget } from "./service-target.ts";

export interface ServiceStatus {
  readonly running: boolean;
  /** The reference's shape, extended. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly manager: ServiceManager | typeof noManager;
  readonly observation: Observation;
  readonly runtime: Runtime;
  readonly record: InstallRecord | undefined;
  readonly origin: Origin;
  /** Of a user's service: it ends with the last logout. */
  readonly endsAtLogout: boolean;
  readonly place: ServiceTarget["place"];
}

export async function describeService(
  context: CliContext,
  { place, choice, lingering, manager: found }: ServiceTarget,
): Promise<ServiceStatus> {
  const { files } = context;
  const manager = found ?? noManager;
  const observation = await manager.observe();
  const record = readRecord(files, place.dataDirectory);
  const origin = originOfFile(files, manager.definition);
  const { runtime } = observation;
  const usesLingering = choice.kind === "systemd" && place.scope === "user";
  return {
    running: runtime.status === "running",
    manager,
    observation,
    runtime,
    record,
    origin,
    place,
    endsAtLogout: usesLingering && !lingering && origin !== "absent",
    json: {
      ...snapshot(manager, observation),
      command:
        record === undefined
          ? null
          : {
              programArguments: record.programArguments,
              workingDirectory: record.workingDirectory,
              environment: record.environment,
              sourcePath: manager.definition,
            },
      runtime,
      installed: origin !== "absent",
      scope: place.scope,
      unit: place.names.unit,
      stateDirectory: place.stateDirectory,
      ...(record?.account === undefined ? {} : { account: record.account }),
      ...(origin === "edited" || origin === "foreign" ? { definition: origin } : {}),
      ...(observation.dropIns.length === 0 ? {} : { dropIns: observation.dropIns }),
      ...(usesLingering ? { lingering } : {}),
    },
  };
}

function originOfFile(files: CliContext["files"], path: string | undefined): Origin {
  if (path === undefined) return "absent";
  try {
    const bytes = files.readBytes(path);
    return originOf(bytes === undefined ? undefined : textOf(bytes));
  } catch {
    // It is there, and closed to us: a task or a unit of somebody else's making.
    return "foreign";
  }
}
