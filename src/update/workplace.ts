/** The hidden directory beside the program in which a newer one is made ready. */
import { basename, dirname, join } from "node:path";

import { shellQuote } from "../lib/display-text.ts";
import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import type { Files, KernelLock } from "../platform/ports.ts";
import { diskProblem } from "./disk-problem.ts";

export interface Workplace {
  /** On the file system of the program: only there the last step is one rename. */
  readonly directory: string;
  /** Removes it with everything in it, and lets others in. */
  leave(): void;
}

interface WorkplacePorts {
  readonly files: Files;
  readonly lock: KernelLock;
}

/** One process at a time. What an update left that was killed is removed. Throws UserError. */
export function enterWorkplace(
  { files, lock }: WorkplacePorts,
  program: string,
  uid: number | undefined,
): Workplace {
  const place = dirname(program);
  const directory = join(place, `.${basename(program)}.update`);
  try {
    const release = takeLock(files, lock, `${directory}.lock`);
    const leave = (): void => {
      clear(files, directory);
      release();
    };
    try {
      clear(files, directory);
      files.makeDirectory(directory, 0o700);
      const facts = files.stat(directory, false);
      if (facts?.kind !== "directory" || (uid !== undefined && facts.uid !== uid)) {
        throw new UserError(`Cannot use "${directory}": somebody else made it`, {
          hint: `Remove it: rm -r ${shellQuote(directory)}`,
        });
      }
    } catch (error) {
      release();
      throw error;
    }
    return { directory, leave };
  } catch (error) {
    throw diskProblem(place, error);
  }
}

/** The file of the lock goes with it; whoever had opened it before must not believe in it. */
function takeLock(files: Files, lock: KernelLock, path: string): () => void {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const before = files.stat(path, false)?.inode;
    const release = lock.tryTake(path);
    if (release === undefined) break;
    if (before !== undefined && files.stat(path, false)?.inode === before) {
      return () => {
        tryRemove(files, path);
        release();
        // Windows removes no open file.
        tryRemove(files, path);
      };
    }
    release();
  }
  throw new UserError("Cannot update now: another update of this program is under way", {
    exitCode: exitCode.temporary,
    hint: "Wait for it, then look again: clawdbot update --check",
  });
}

/** A program that is still running cannot be removed on Windows: the next update does it. */
function clear(files: Files, directory: string): void {
  if (files.stat(directory, false)?.kind !== "directory") return;
  for (const name of files.list(directory)) tryRemove(files, join(directory, name));
  try {
    files.removeDirectory(directory);
  } catch {
    // Something in it could not be removed.
  }
}

function tryRemove(files: Files, path: string): void {
  try {
    files.remove(path);
  } catch {
    // Said above.
  }
}
