/** Databases in files, by the SQLite that Bun carries. */
import { Database } from "bun:sqlite";
import { closeSync, openSync, renameSync } from "node:fs";

import { codeOf } from "../lib/errors.ts";
import type { SqlFiles } from "./ports.ts";

export const systemDatabases: SqlFiles = {
  open(path, access) {
    // SQLite would give the file the permissions that everybody's files have.
    if (access === "write") closeSync(openSync(path, "a", 0o600));
    const database = new Database(
      path,
      access === "write" ? { readwrite: true } : { readonly: true },
    );
    return {
      run: (sql, ...values) => void database.query(sql).run(...values),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows are objects; what is in them is unknown
      rows: (sql, ...values) => database.query(sql).all(...values) as Record<string, unknown>[],
      close: () => database.close(),
    };
  },

  move(path, to) {
    renameSync(path, to);
    for (const suffix of ["-wal", "-shm"]) moveIfThere(`${path}${suffix}`, `${to}${suffix}`);
  },
};

function moveIfThere(path: string, to: string): void {
  try {
    renameSync(path, to);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}
