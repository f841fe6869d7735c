/** The log of a service whose manager keeps none. */
import { join } from "node:path";

import type { ServiceSpec } from "./service-spec.ts";

export interface LogFiles {
  readonly directory: string;
  /** Written and rotated by the host itself. */
  readonly main: string;
  /** What a host says that cannot start; names are the reference's. */
  readonly crash: string;
}

export function logFiles(stateDirectory: string): LogFiles {
  const directory = join(stateDirectory, "logs");
  return { directory, main: join(directory, "node.log"), crash: join(directory, "node.err.log") };
}

/** The same service, which writes its log itself and reads the user's environment files itself. */
export function withOwnLog(spec: ServiceSpec, log: LogFiles): ServiceSpec {
  const files = spec.environmentFiles.flatMap((path) => ["--env-file", path]);
  const file = chosenLog(spec.argv) === undefined ? ["--log-file", log.main] : [];
  return { ...spec, argv: [...spec.argv, ...file, ...files] };
}

/** The log file that the command line of a service names. */
export function chosenLog(argv: readonly string[]): string | undefined {
  const at = argv.indexOf("--log-file");
  return at < 0 ? undefined : argv[at + 1];
}
