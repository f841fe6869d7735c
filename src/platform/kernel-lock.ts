/**
 * A file lock through SQLite: its locks are the kernel's on every system (fcntl, LockFileEx), hold
 * across containers that share a directory, and vanish with the process.
 */
import { Database } from "bun:sqlite";

import type { KernelLock } from "./ports.ts";

export const systemKernelLock: KernelLock = {
  tryTake(path) {
    const database = new Database(path, { create: true, readwrite: true });
    try {
      database.run("PRAGMA journal_mode = MEMORY");
      database.run("BEGIN EXCLUSIVE");
    } catch (error) {
      database.close();
      if (isBusy(error)) return undefined;
      throw error;
    }
    return () => database.close();
  },
};

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SQLITE_BUSY";
}
