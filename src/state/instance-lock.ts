/** Keeps two hosts off one state directory. */
import { join } from "node:path";

import { type ConfigError, UserError, codeOf, messageOf } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { isObject, parseJson } from "../lib/json.ts";
import { shellQuote } from "../lib/display-text.ts";
import type { Files, KernelLock } from "../platform/ports.ts";
import { ensureDirectory } from "./json-file.ts";
import type { StatePaths } from "./paths.ts";
import { accessError } from "./state-error.ts";

export interface InstanceLock {
  readonly release: () => void;
  /** Why nothing can be written there; undefined: it can. The lock is held all the same. */
  readonly problem: string | undefined;
}

export interface LockOptions {
  readonly lock: KernelLock;
  readonly ownPid: number;
  /** Where a lock can be held for a state directory that can only be read. */
  readonly meetingDirectory: string;
}

/**
 * Takes the lock of a state directory for this process, or throws with exit code 14 and the id of
 * the process that holds it. The kernel drops the lock when its holder dies, however it dies; the
 * file that names the holder is only for people, and a full disk does not keep a host from its work.
 */
export function takeInstanceLock(
  files: Files,
  paths: StatePaths,
  { lock, ownPid, meetingDirectory }: LockOptions,
): InstanceLock {
  ensureDirectory(files, paths.directory);
  let release: (() => void) | undefined;
  try {
    release = lock.tryTake(paths.lock);
  } catch (error) {
    if (codeOf(error) !== "EROFS") throw lockError(error, paths);
    return lockReadOnly(files, paths, lock, meetingDirectory);
  }
  if (release === undefined) throw heldBy(readHolder(files, paths), paths);
  let problem: string | undefined;
  try {
    files.writeAtomic(paths.holder, `${JSON.stringify({ pid: ownPid })}\n`, 0o600);
  } catch (error) {
    if (!fullDisk.has(codeOf(error) ?? "")) {
      release();
      throw accessError("write", paths.holder, error);
    }
    // Better no name than that of a process that is gone.
    removeHolder(files, paths);
    problem = `nothing can be written to "${paths.directory}" (${messageOf(error)})`;
  }
  return { release: releaser(files, paths, release), problem };
}

const fullDisk: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

function lockError(error: unknown, paths: StatePaths): ConfigError {
  // What may not be written is the directory: the lock is not there yet.
  const path = codeOf(error) === "EACCES" ? paths.directory : paths.lock;
  return accessError("write", path, error);
}

/**
 * Where nothing can be written the lock is one of this machine, by what the directory is and not by
 * how it is reached. Whoever writes there through another mount is noticed at the lock itself.
 */
function lockReadOnly(
  files: Files,
  paths: StatePaths,
  lock: KernelLock,
  meetingDirectory: string,
): InstanceLock {
  const facts = files.stat(paths.directory, true);
  const name = `clawdbot-node-${facts?.device ?? 0}-${facts?.inode ?? 0}.lock`;
  const path = join(meetingDirectory, name);
  const held: (() => void)[] = [];
  const release = (): void => {
    for (const free of held) free();
  };
  const tries = [() => lock.tryTake(path)];
  if (files.stat(paths.lock, true) !== undefined) tries.push(() => lock.tryShare(paths.lock));
  for (const attempt of tries) {
    let free: (() => void) | undefined;
    try {
      free = attempt();
    } catch (error) {
      release();
      throw accessError("write", path, error);
    }
    if (free === undefined) {
      release();
      throw heldBy(undefined, paths);
    }
    held.push(free);
  }
  return { release, problem: `"${paths.directory}" can only be read` };
}

function releaser(files: Files, paths: StatePaths, release: () => void): () => void {
  return () => {
    removeHolder(files, paths);
    release();
  };
}

function removeHolder(files: Files, paths: StatePaths): void {
  try {
    files.remove(paths.holder);
  } catch {
    // It only names a process that is gone; the next host replaces it.
  }
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
