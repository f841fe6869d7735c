import type { ServiceSpec } from "../service-spec.ts";

/** All variables of a service whose manager hands over no secrets: the host reads them itself. */
export function serviceVariables(spec: ServiceSpec): Readonly<Record<string, string>> {
  const { environment, secrets, dataDirectory } = spec;
  return secrets.length === 0
    ? environment
    : { ...environment, CREDENTIALS_DIRECTORY: dataDirectory };
}
