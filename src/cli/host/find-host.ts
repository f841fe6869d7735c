/** The node host that runs on this machine, as a service or by hand. */
import { UserError } from "../../lib/errors.ts";
import { type HostStatus, hostStatus } from "../../protocol/host-status.ts";
import { stateDirectory } from "../../state/paths.ts";
import type { CliContext } from "../context.ts";
import { NoHostError, askHostIn } from "../local-control.ts";
import type { ServiceStatus } from "../service/service-status.ts";
import type { TargetFlags } from "../service/service-target.ts";

export type FoundHost =
  | { readonly kind: "running"; readonly directory: string; readonly status: HostStatus }
  | { readonly kind: "absent"; readonly directory: string }
  /** Something is there, and cannot be asked. */
  | {
      readonly kind: "mute";
      readonly directory: string;
      readonly problem: string;
      readonly hint: string | undefined;
    };

export async function findHost(
  context: CliContext,
  service: ServiceStatus,
  flags: TargetFlags,
): Promise<FoundHost> {
  const [first, ...others] = hostDirectories(context, service, flags);
  const found = await ask(context, first);
  if (found.kind !== "absent") return found;
  for (const directory of others) {
    const other = await ask(context, directory);
    if (other.kind !== "absent") return other;
  }
  return found;
}

/** Of the service, where one is installed or meant; else of whoever asks. */
function hostDirectories(
  { env }: CliContext,
  { place, origin, running }: ServiceStatus,
  { user, system, profile }: TargetFlags,
): readonly [string, ...string[]] {
  const own = stateDirectory(env, profile);
  if (user || system || own === place.stateDirectory) return [place.stateDirectory];
  return origin === "absent" && !running ? [own] : [place.stateDirectory, own];
}

async function ask(context: CliContext, directory: string): Promise<FoundHost> {
  try {
    const status = await askHostIn(context, directory, { method: "status" }, hostStatus);
    return { kind: "running", directory, status };
  } catch (error) {
    if (error instanceof NoHostError) return { kind: "absent", directory };
    if (!(error instanceof UserError)) throw error;
    return { kind: "mute", directory, problem: error.message, hint: error.hint };
  }
}
