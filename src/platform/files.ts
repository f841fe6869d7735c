/** Files on the real file system. */
import { createHash } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { dirname } from "node:path";

import { UserError, codeOf } from "../lib/errors.ts";
import type { FileFacts, Files } from "./ports.ts";
import { syncDirectory } from "./sync-directory.ts";

export const systemFiles: Files = {
  readText: (path) => absentIsUndefined(() => readFileSync(path, "utf8")),

  readBytes: (path) => absentIsUndefined(() => new Uint8Array(readFileSync(path))),

  writeAtomic(path, content, mode) {
    const existing = this.stat(path, false);
    if (existing !== undefined && existing.kind !== "file") {
      throw new UserError(
        `Cannot replace "${path}": it is a ${existing.kind}, a regular file is wanted`,
      );
    }
    const temporary = `${path}.${process.pid}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    try {
      writeNew(temporary, content, mode);
      renameSync(temporary, path);
      syncDirectory(dirname(path));
    } catch (error) {
      removeLeftover(temporary);
      throw error;
    }
  },

  makeDirectory: (path, mode) => void mkdirSync(path, { recursive: true, mode }),

  stat: (path, follow) =>
    absentIsUndefined(() => factsOf(follow ? statSync(path) : lstatSync(path))),

  realPath: (path) => {
    try {
      return realpathSync(path);
    } catch {
      return undefined;
    }
  },

  digest: (path, bytes) => absentIsUndefined(() => digestOf(path, bytes)),

  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },

  list: (directory) => absentIsUndefined(() => readdirSync(directory)) ?? [],

  remove: (path) => rmSync(path, { force: true }),

  removeDirectory: (path) => rmdirSync(path),
};

/** Files of /proc have no size and no end, or wait for what will never come. */
function digestOf(path: string, bytes: number): string | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const hash = createHash("sha256");
    const chunk = new Uint8Array(65_536);
    let total = 0;
    while (total <= bytes) {
      const read = readSync(file, chunk);
      if (read === 0) return total === bytes ? hash.digest("hex") : undefined;
      total += read;
      hash.update(chunk.subarray(0, read));
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** What went wrong first is what counts: a clean-up that fails too says nothing. */
function removeLeftover(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It was never created, or its directory is gone.
  }
}

/** Creates a file with its mode set before the first byte of content, flushed to disk. */
function writeNew(path: string, content: string | Uint8Array, mode: number): void {
  const descriptor = openSync(path, "wx", mode);
  try {
    // The process' umask may have removed bits that were asked for.
    fchmodSync(descriptor, mode);
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function factsOf(stats: Stats): FileFacts {
  return {
    kind: kindOf(stats),
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    size: stats.size,
    device: stats.dev,
    inode: stats.ino,
    changedAtMs: stats.ctimeMs,
  };
}

function kindOf(stats: Stats): FileFacts["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "symlink" : "other";
}

function absentIsUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
