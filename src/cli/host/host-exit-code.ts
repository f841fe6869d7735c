import { exitCode } from "../../lib/exit-code.ts";
import type { FoundHost } from "./find-host.ts";

export const statusExitCodes = [
  [exitCode.ok, "a host runs and is connected"],
  [exitCode.failure, "none runs"],
  [exitCode.config, "it runs; its settings do not allow to connect"],
  [exitCode.auth, "it runs; the Gateway refuses its token or password"],
  [exitCode.pairing, "it runs; an operator has to approve this device, or its commands"],
  [exitCode.tls, "it runs; the certificate is not trusted or not the pinned one"],
  [exitCode.protocol, "it runs; what answers is no Gateway that it can speak with"],
  [exitCode.temporary, "it runs and is not connected for another reason, or cannot be asked"],
] as const;

/** `serviceRuns`: the service manager says so. */
export function hostExitCode(host: FoundHost, serviceRuns: boolean): number {
  if (host.kind === "mute") return exitCode.temporary;
  if (host.kind === "absent") return serviceRuns ? exitCode.temporary : exitCode.failure;
  const { connection, pairing, lastError } = host.status;
  if (pairing.state === "commands-wait") return exitCode.pairing;
  if (connection.state === "connected") return exitCode.ok;
  return connection.state === "retrying"
    ? (lastError?.exitCode ?? exitCode.temporary)
    : exitCode.temporary;
}
