/** The environment that a service is given. */
import type { ServicePlace } from "../../service/manager.ts";
import { servicePath } from "../../service/service-path.ts";
import type { CliContext } from "../context.ts";

const proxies = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];

export interface ServiceEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

export function serviceEnvironment(
  { env, machine, files }: CliContext,
  place: ServicePlace,
  options: { readonly foreign: boolean; readonly setsStateDirectory: boolean },
): ServiceEnvironment {
  const warnings: string[] = [];
  const windows = machine.platform === "win32";
  const path = servicePath({
    current: env["PATH"] ?? "",
    foreign: options.foreign,
    temporary: env["TMPDIR"],
    isDirectory: (entry) => {
      try {
        return files.stat(entry, true)?.kind === "directory";
      } catch {
        return false;
      }
    },
  });
  const environment: Record<string, string> = windows ? {} : { HOME: place.home, PATH: path };
  if (options.setsStateDirectory) environment["CLAWDBOT_STATE_DIR"] = place.stateDirectory;
  for (const name of proxies.flatMap((upper) => [upper, upper.toLowerCase()])) {
    const value = env[name];
    if (value === undefined || value === "") continue;
    // A unit is readable for everybody.
    if (value.includes("@")) {
      warnings.push(
        `${name} holds a password and was left out; put it into a file and add: --env-file FILE`,
      );
    } else environment[name] = value;
  }
  return {
    environment: {
      ...environment,
      CLAWDBOT_SERVICE_MARKER: "clawdbot",
      CLAWDBOT_SERVICE_KIND: "node",
    },
    warnings,
  };
}
