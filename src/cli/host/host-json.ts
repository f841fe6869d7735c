import { commit, version } from "../../version.ts";
import type { HostStatus } from "../../protocol/host-status.ts";
import type { FoundHost } from "./find-host.ts";

/** The host beside `service` in the output for programs. */
export function hostJson(host: FoundHost): Readonly<Record<string, unknown>> {
  const { kind, directory: stateDirectory } = host;
  if (kind === "absent") return { running: false, stateDirectory };
  if (kind === "mute") {
    const { problem, hint } = host;
    return { running: null, stateDirectory, problem, ...(hint === undefined ? {} : { hint }) };
  }
  const { path: _path, ...status } = host.status;
  return { running: true, stateDirectory, ...status, outdated: isOutdated(host.status) };
}

/** Another build runs than the one that asks: it was replaced, and not started again. */
export function isOutdated(status: Pick<HostStatus, "version" | "commit">): boolean {
  return status.version !== version || status.commit !== commit;
}

/** `1.2.3 (abcdef)`, the build only where it is needed to tell two apart. */
export function versionText(status: Pick<HostStatus, "version" | "commit">): string {
  return status.version === version && isOutdated(status)
    ? `${status.version} (${status.commit})`
    : status.version;
}
