/**
 * A file lock through SQLite: its locks are the kernel's on every system (fcntl, LockFileEx), hold
 * across containers that share a directory, and vanish with the process.
 */
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { Database } from "bun:sqlite";

import type { KernelLock } from "./ports.ts";

/** A database that nothing refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<Database>();

export const systemKernelLock: KernelLock = {
  tryTake: (path) =>
    lockedBy(() => {
      const database = open(path);
      try {
        // SQLite opens a file of a read-only place all the same, and would only share its lock.
        accessSync(path, constants.W_OK);
        return database;
      } catch (error) {
        database.close();
        throw error;
      }
    }, ["PRAGMA journal_mode = MEMORY", "BEGIN EXCLUSIVE"]),

  tryShare: (path) =>
    lockedBy(
      () => new Database(path, { readonly: true }),
      ["BEGIN", "SELECT count(*) FROM sqlite_master"],
    ),
};

function lockedBy(opened: () => Database, lock: readonly string[]): (() => void) | undefined {
  const database = opened();
  try {
    for (const statement of lock) database.run(statement);
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  held.add(database);
  return () => {
    held.delete(database);
    database.close();
  };
}

function open(path: string): Database {
  try {
    return new Database(path, { create: true, readwrite: true });
  } catch (error) {
    // SQLite does not say why it cannot; the system does.
    closeSync(openSync(path, "a"));
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SQLITE_BUSY";
}
