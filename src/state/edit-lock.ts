/** Lets one process at a time change a file that several of them edit. */
import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { shellQuote } from "../lib/display-text.ts";
import type { Clock, KernelLock } from "../platform/ports.ts";
import { accessError } from "./state-error.ts";

export interface EditLockPorts {
  readonly clock: Pick<Clock, "monotonic" | "after">;
  /** Loaded only for an edit. */
  kernelLock(): Promise<Pick<KernelLock, "tryTake">>;
}

export interface EditLockOptions {
  /** The file that is locked; it holds nothing. */
  readonly lock: string;
  /** The file that is changed, for people. */
  readonly file: string;
  /** How long the edit of another process is waited for, milliseconds. */
  readonly patienceMs: number;
}

/** An edit of another process takes as long as one write to the disk. */
const retryMs = 10;

/**
 * Takes the lock; gives the function that releases it. Waits without blocking the process. Throws
 * UserError when it stays taken, ConfigError when its file cannot be made.
 */
export async function takeEditLock(
  ports: EditLockPorts,
  { lock, file, patienceMs }: EditLockOptions,
): Promise<() => void> {
  const { clock } = ports;
  const kernel = await ports.kernelLock();
  const end = clock.monotonic() + patienceMs;
  for (;;) {
    const release = tryTake(kernel, lock);
    if (release !== undefined) return release;
    if (clock.monotonic() >= end) throw busy(file, lock);
    await new Promise<void>((resolve) => void clock.after(retryMs, resolve));
  }
}

function tryTake(kernel: Pick<KernelLock, "tryTake">, path: string): (() => void) | undefined {
  try {
    return kernel.tryTake(path);
  } catch (error) {
    throw accessError("write", path, error);
  }
}

function busy(file: string, lock: string): UserError {
  return new UserError(
    `Cannot change "${file}": another process is changing it and does not come to an end`,
    { exitCode: exitCode.temporary, hint: `Find it: fuser ${shellQuote(lock)}` },
  );
}
