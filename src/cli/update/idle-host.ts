/** Waits until the running host has nothing to do. */
import * as z from "zod/mini";

import { formatDuration } from "../../lib/duration.ts";
import { UserError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { parseJson } from "../../lib/json.ts";
import { controlVersion } from "../../protocol/control.ts";
import { pathsIn } from "../../state/paths.ts";
import type { CliContext } from "../context.ts";

const answerMs = 5000;
const stepMs = 1000;

/** Of what a host says about itself, the little that counts here: it may be an older or newer one. */
const answer = z.object({
  result: z.object({ runs: z.object({ running: z.int().check(z.nonnegative()) }) }),
});

export interface Waiting {
  /** Of the host. */
  readonly stateDirectory: string;
  readonly patienceMs: number;
}

/**
 * A host that cannot be asked is not waited for: it lets its commands finish itself, as long as its
 * --drain-timeout says. Throws UserError when commands run for longer than the patience lasts.
 */
export async function untilIdle(context: CliContext, waiting: Waiting): Promise<void> {
  const { clock, err } = context;
  const end = clock.monotonic() + waiting.patienceMs;
  for (let told = false; ; told = true) {
    const running = await runningCommands(context, waiting.stateDirectory);
    if (running === undefined || running === 0) return;
    const what = running === 1 ? "a command" : `${running} commands`;
    if (clock.monotonic() >= end) {
      throw new UserError(
        `Cannot restart the service now: ${what} still run${running === 1 ? "s" : ""} after ${formatDuration(waiting.patienceMs)}`,
        {
          exitCode: exitCode.temporary,
          hint: "Nothing was changed; wait longer with --wait 2h, or take the program and restart later: --no-restart",
        },
      );
    }
    if (!told) err.write(`Waiting until ${what} of the service ended; Ctrl-C gives up\n`);
    await new Promise<void>((resolve) => void clock.after(stepMs, resolve));
  }
}

async function runningCommands(
  context: CliContext,
  stateDirectory: string,
): Promise<number | undefined> {
  const control = await context.controlSockets();
  const question = JSON.stringify({ v: controlVersion, method: "status" });
  try {
    const line = await control.request(pathsIn(stateDirectory).controlSocket, question, answerMs);
    const parsed = answer.safeParse(parseJson(line)?.value);
    return parsed.success ? parsed.data.result.runs.running : undefined;
  } catch {
    return undefined;
  }
}
