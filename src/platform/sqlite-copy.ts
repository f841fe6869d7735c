/** Reads a SQLite database that belongs to another program, on a copy: nothing there is touched. */
import { Database } from "bun:sqlite";
import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { DatabaseReader } from "./ports.ts";

/** What is not in the file yet is in its log; a copy needs both, from one moment. */
const parts = ["", "-wal"] as const;
const attempts = 5;

export const systemDatabaseReader: DatabaseReader = {
  read(path, use) {
    const directory = mkdtempSync(join(tmpdir(), "clawdbot-import-"));
    try {
      const copy = join(directory, "copy.sqlite");
      copyAsOne(path, copy);
      const database = new Database(copy);
      try {
        return use((sql) => database.query<Record<string, unknown>, []>(sql).all());
      } finally {
        database.close();
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

function copyAsOne(path: string, copy: string): void {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = marks(path);
    for (const part of parts) {
      rmSync(copy + part, { force: true });
      if (statSync(path + part, { throwIfNoEntry: false })) copyFileSync(path + part, copy + part);
    }
    if (marks(path) === before) return;
  }
  throw new Error("it changes all the time; stop the program that uses it");
}

function marks(path: string): string {
  return parts
    .map((part) => statSync(path + part, { bigint: true, throwIfNoEntry: false }))
    .map((stats) => (stats === undefined ? "" : `${stats.mtimeNs} ${stats.size} ${stats.ino}`))
    .join(" ");
}
