import type { ServiceSpec } from "../service-spec.ts";
import { shellWord } from "./escape.ts";

/** Lines of a shell script that set the variables of a service. */
export function exportLines(spec: ServiceSpec): string[] {
  const credentials =
    spec.secrets.length === 0 ? {} : { CREDENTIALS_DIRECTORY: spec.dataDirectory };
  return Object.entries({ ...spec.environment, ...credentials }).map(
    ([name, value]) => `export ${name}=${shellWord(value)}`,
  );
}
