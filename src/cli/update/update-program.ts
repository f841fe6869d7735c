/** From a release to a program in place that came up; or everything as it was. */
import { join } from "node:path";

import { messageOf, UserError } from "../../lib/errors.ts";
import type { ProgramFiles } from "../../platform/ports.ts";
import { diskProblem } from "../../update/disk-problem.ts";
import type { Release } from "../../update/find-release.ts";
import { previousOf } from "../../update/own-program.ts";
import { stageProgram } from "../../update/stage-program.ts";
import { swapProgram } from "../../update/swap-program.ts";
import { type Workplace, enterWorkplace } from "../../update/workplace.ts";
import type { CliContext } from "../context.ts";
import { untilSignal } from "../interrupt.ts";
import { versionOf } from "./program-version.ts";
import type { UpdatedService } from "./updated-service.ts";

export interface Change {
  /** What is replaced: a real path. */
  readonly program: string;
  readonly target: string;
  /** The version that runs now. */
  readonly from: string;
  /** Undefined: nothing to restart. */
  readonly service: UpdatedService | undefined;
}

/** Puts the program of a release in place. Throws UserError; then the old one is in place. */
export async function updateTo(
  context: CliContext,
  change: Change,
  release: Release,
): Promise<void> {
  const programs = await context.programFiles();
  await inWorkplace(context, change, async ({ directory }) => {
    const ports = {
      downloads: await context.downloads(),
      programs,
      versionOf: (program: string) => versionOf(context, program),
    };
    const staged = stageProgram(ports, release, { directory, target: change.target });
    const replacement = await untilSignal(context, staged, "nothing was changed");
    await takeOver(context, programs, change, { directory, replacement, to: release.version });
  });
}

/** Swaps the program with the one before it; gives the version that is in place now. */
export async function rollBack(context: CliContext, change: Change): Promise<string> {
  const programs = await context.programFiles();
  const previous = previousOf(change.program);
  if (context.files.stat(previous, false)?.kind !== "file") {
    throw new UserError(`Cannot go back: there is no "${previous}"`, {
      hint: "Name the version that is wanted instead: clawdbot update --pin X.Y.Z",
    });
  }
  let to = "";
  await inWorkplace(context, change, async ({ directory }) => {
    const said = await untilSignal(context, versionOf(context, previous), "nothing was changed");
    to = /^clawdbot (\S+) /.exec(said)?.[1] ?? "";
    if (to === "")
      throw new UserError(`Cannot go back: "${previous}" does not say that it is clawdbot`);
    const replacement = join(directory, "new");
    programs.link(previous, replacement);
    await takeOver(context, programs, change, { directory, replacement, to });
  });
  return to;
}

async function inWorkplace(
  context: CliContext,
  { program }: Change,
  use: (place: Workplace) => Promise<void>,
): Promise<void> {
  const lock = await context.kernelLock();
  const place = enterWorkplace({ files: context.files, lock }, program, context.machine.uid);
  try {
    await use(place);
  } finally {
    place.leave();
  }
}

interface Replacement {
  readonly directory: string;
  readonly replacement: string;
  readonly to: string;
}

async function takeOver(
  context: CliContext,
  programs: ProgramFiles,
  { program, service, from }: Change,
  { directory, replacement, to }: Replacement,
): Promise<void> {
  if (service !== undefined) await untilSignal(context, service.idle(), "nothing was changed");
  // Half of an exchange is worse than either end of it.
  const release = context.onSignal(() => undefined);
  try {
    const takeBack = swap();
    if (service === undefined) return;
    context.err.write(
      `Restarting the service ${service.unit}; running commands may finish first\n`,
    );
    try {
      await service.restart();
    } catch (error) {
      takeBack();
      throw await wentBack(service, { from, to }, error);
    }
  } finally {
    release();
  }

  function swap(): () => void {
    try {
      return swapProgram(
        { files: context.files, programs },
        {
          program,
          replacement,
          previous: previousOf(program),
          directory,
          windows: context.machine.platform === "win32",
        },
      );
    } catch (error) {
      throw diskProblem(directory, error);
    }
  }
}

/** Starts the old program again, and says what became of both. */
async function wentBack(
  service: UpdatedService,
  { from, to }: { readonly from: string; readonly to: string },
  error: unknown,
): Promise<UserError> {
  const problem = `Cannot update to ${to}: the service does not come up with it: ${messageOf(error)}`;
  const hint = `See why: ${service.logsHint}`;
  try {
    await service.restart();
  } catch (second) {
    return new UserError(
      `${problem}; ${from} is back in place, and does not come up either: ${messageOf(second)}`,
      { hint, cause: error },
    );
  }
  return new UserError(`${problem}; ${from} is back in place and runs`, { hint, cause: error });
}
