/** Keeps two hosts off one state directory. */
import { UserError, codeOf } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { isObject, parseJson } from "../lib/json.ts";
import { shellQuote } from "../lib/display-text.ts";
import type { Files, KernelLock } from "../platform/ports.ts";
import { ensureDirectory } from "./json-file.ts";
import type { StatePaths } from "./paths.ts";
import { accessError } from "./state-error.ts";

/**
 * Takes the lock of a state directory for this process, or throws with exit code 14 and the id of
 * the process that holds it. The kernel drops the lock when its holder dies, however it dies; the
 * file that names the holder is only for people.
 */
export function takeInstanceLock(
  files: Files,
  paths: StatePaths,
  lock: KernelLock,
  ownPid: number,
): () => void {
  ensureDirectory(files, paths.directory);
  const release = tryTake(lock, paths);
  if (release === undefined) throw heldBy(readHolder(files, paths), paths);
  try {
    files.writeAtomic(paths.holder, `${JSON.stringify({ pid: ownPid })}\n`, 0o600);
    return releaser(files, paths, release);
  } catch (error) {
    release();
    throw accessError("write", paths.holder, error);
  }
}

function tryTake(lock: KernelLock, paths: StatePaths): (() => void) | undefined {
  try {
    return lock.tryTake(paths.lock);
  } catch (error) {
    // What may not be written is the directory: the lock is not there yet.
    const path = codeOf(error) === "EACCES" ? paths.directory : paths.lock;
    throw accessError("write", path, error);
  }
}

function releaser(files: Files, paths: StatePaths, release: () => void): () => void {
  return () => {
    try {
      files.remove(paths.holder);
    } catch {
      // It only names a process that is gone; the next host replaces it.
    }
    release();
  };
}

/** The process that took the lock last; it may be gone. */
export function readHolder(files: Files, paths: StatePaths): number | undefined {
  try {
    const value = parseJson(files.readText(paths.holder) ?? "")?.value;
    return isObject(value) && typeof value["pid"] === "number" ? value["pid"] : undefined;
  } catch {
    return undefined;
  }
}

function heldBy(pid: number | undefined, paths: StatePaths): UserError {
  const who = pid === undefined ? "another process" : `process ${pid}`;
  return new UserError(
    `Cannot start a second node host on "${paths.directory}": ${who} uses this state directory`,
    {
      exitCode: exitCode.alreadyRunning,
      hint:
        pid === undefined
          ? `Find it: fuser ${shellQuote(paths.lock)}`
          : `Stop it (kill ${pid}), or give this one a directory of its own: --profile NAME`,
    },
  );
}
