/**
 * `exec-approvals-usage.json`: when each entry of an allowlist was used last. Only statistics, so
 * they stand beside the policy: nothing depends on them, and what cannot be read is begun anew.
 */
import * as z from "zod/mini";

import { parseJson } from "../lib/json.ts";
import type { Files } from "../platform/ports.ts";
import { ensureDirectory, readStateFile, writeJsonFile } from "./json-file.ts";
import type { StatePaths } from "./paths.ts";

const entryUsage = z.object({
  agent: z.string(),
  pattern: z.string(),
  /** Milliseconds since the epoch. */
  lastUsedAt: z.number(),
  count: z.number(),
  /** For people; secrets that this program knows are not in it. */
  lastUsedCommand: z.string(),
  lastResolvedPath: z.string(),
});

export type EntryUsage = Readonly<z.infer<typeof entryUsage>>;

const usageFile = z.object({ version: z.literal(1), entries: z.array(entryUsage) });

type UsagePaths = Pick<StatePaths, "directory" | "approvalsUsage">;

/** Oldest first; empty where there is no file, or none that can be read. */
export function readUsage(files: Files, paths: UsagePaths): readonly EntryUsage[] {
  try {
    const text = readStateFile(files, paths.approvalsUsage) ?? "";
    const parsed = usageFile.safeParse(parseJson(text)?.value);
    return parsed.success ? parsed.data.entries : [];
  } catch {
    return [];
  }
}

/** Throws ConfigError. */
export function writeUsage(files: Files, paths: UsagePaths, entries: readonly EntryUsage[]): void {
  ensureDirectory(files, paths.directory);
  writeJsonFile(files, paths.approvalsUsage, { version: 1, entries });
}
