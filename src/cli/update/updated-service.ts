/** The service that runs the program, and how it takes over a newer one. */
import { printable, shellQuote } from "../../lib/display-text.ts";
import { UserError } from "../../lib/errors.ts";
import { applyPlan } from "../../service/apply.ts";
import { readRecord } from "../../service/install-record.ts";
import type { ServiceManager } from "../../service/manager.ts";
import type { CliContext } from "../context.ts";
import { untilIdle } from "./idle-host.ts";
import { type ServiceTarget, type TargetFlags, findTarget } from "../service/service-target.ts";

/** A host that cannot live with its state directory or its gateway ends well within this time. */
const watchedMs = 5000;
const stepMs = 250;

export interface UpdatedService {
  readonly unit: string;
  readonly logsHint: string;
  /** Returns when no command runs, as far as its host can be asked. */
  idle(): Promise<void>;
  /** Lets running commands finish, starts the program anew, and throws when it does not stay. */
  restart(): Promise<void>;
}

/** Undefined when no running service uses this program. Throws when it may not be restarted. */
export async function serviceOf(
  context: CliContext,
  flags: TargetFlags,
  { program, patienceMs }: { readonly program: string; readonly patienceMs: number },
): Promise<UpdatedService | undefined> {
  const target = await findTarget(context, flags, "manage");
  const { manager, place } = target;
  const record = readRecord(context.files, place.dataDirectory);
  const used = record?.programArguments[0];
  if (manager === undefined || used === undefined) return undefined;
  if (context.files.realPath(used) !== program) return undefined;
  const { runtime } = await manager.observe();
  if (runtime.status === "stopped") return undefined;
  const unit = printable(place.names.unit);
  if (runtime.status === "unknown") {
    const why = printable(runtime.detail ?? "the service manager does not say");
    throw new UserError(`Cannot tell whether the service ${unit} runs: ${why}`, {
      hint: "Update without it, and restart it yourself: --no-restart",
    });
  }
  const { uid, self } = context.machine;
  if (place.scope === "system" && uid !== undefined && uid !== 0) {
    throw new UserError(`Cannot restart the service ${unit}: that takes root`, {
      hint: `${["sudo", ...self, "update"].map(shellQuote).join(" ")}, or leave it to you: --no-restart`,
    });
  }
  return {
    unit,
    logsHint: manager.logsHint,
    idle: () => untilIdle(context, { stateDirectory: place.stateDirectory, patienceMs }),
    restart: () => restartAndWatch(context, target, manager),
  };
}

async function restartAndWatch(
  { clock }: CliContext,
  { ports }: ServiceTarget,
  manager: ServiceManager,
): Promise<void> {
  await applyPlan(ports, manager.restart());
  const end = clock.monotonic() + watchedMs;
  const first = (await manager.observe()).runtime.pid;
  for (;;) {
    const { failed, runtime } = await manager.observe();
    // A manager that starts it again and again shows another process each time.
    const another = first !== undefined && runtime.pid !== undefined && runtime.pid !== first;
    if (failed || another || runtime.status === "stopped") {
      throw new UserError(
        `Cannot keep the service running: ${printable(runtime.detail ?? "it ends")}`,
      );
    }
    if (clock.monotonic() >= end) return;
    await new Promise<void>((resolve) => void clock.after(stepMs, resolve));
  }
}
