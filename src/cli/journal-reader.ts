/** The journal of this machine, opened for reading while a host may write it. */
import { messageOf } from "../lib/errors.ts";
import { ConfigError } from "../lib/errors.ts";
import type { SqlFile } from "../platform/ports.ts";
import { pathsIn, stateDirectory } from "../state/paths.ts";
import type { CliContext } from "./context.ts";

/** Gives the journal to `read`; undefined where there is none yet. Throws ConfigError. */
export async function withJournal<T>(
  context: CliContext,
  profile: string | undefined,
  read: (file: SqlFile, path: string) => Promise<T> | T,
): Promise<T | undefined> {
  const path = pathsIn(stateDirectory(context.env, profile)).journal;
  if (context.files.stat(path, true) === undefined) return undefined;
  const databases = await context.databases();
  let file: SqlFile | undefined;
  try {
    file = databases.open(path, "read");
    file.run("PRAGMA busy_timeout = 2000");
    if (file.rows("SELECT name FROM sqlite_master WHERE name = 'entries'").length === 0) {
      return undefined;
    }
    return await read(file, path);
  } catch (error) {
    if (!isSqlite(error)) throw error;
    throw new ConfigError(`Cannot read the journal "${path}": ${messageOf(error)}`, {
      hint: "A node host that starts keeps such a file under another name and begins a new one",
      cause: error,
    });
  } finally {
    file?.close();
  }
}

function isSqlite(error: unknown): boolean {
  return error instanceof Error && error.name === "SQLiteError";
}
