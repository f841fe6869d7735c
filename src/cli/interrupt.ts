import { constants } from "node:os";

import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import type { CliContext } from "./context.ts";

/** Waits for `work`, or until a signal comes; `afterwards` says what that leaves behind. */
export async function untilSignal<T>(
  context: CliContext,
  work: Promise<T>,
  afterwards: string,
): Promise<T> {
  const interrupted = Promise.withResolvers<never>();
  const cancel = context.onSignal((signal) => {
    interrupted.reject(
      new UserError(`Stopped waiting (${signal}): ${afterwards}`, {
        exitCode: exitCode.signalBase + constants.signals[signal],
      }),
    );
  });
  try {
    return await Promise.race([work, interrupted.promise]);
  } finally {
    cancel();
  }
}
