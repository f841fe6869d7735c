/** The gateway's pairing files. */
import { join } from "node:path";
import type * as z from "zod/mini";

import type { Files } from "../platform/ports.ts";
import { ensureDirectory, readJsonFile, writeJsonFile } from "../state/json-file.ts";
import { contentError } from "../state/state-error.ts";
import { type DeviceState, pairedFile, pendingFile } from "./device-records.ts";

export interface DeviceFiles {
  load(): DeviceState;
  /** Writes what differs from the state that was last loaded or saved. */
  save(state: DeviceState): void;
}

export function deviceFiles(files: Files, gatewayDirectory: string): DeviceFiles {
  const directory = join(gatewayDirectory, "devices");
  const pendingPath = join(directory, "pending.json");
  const pairedPath = join(directory, "paired.json");
  let saved: DeviceState | undefined;
  return {
    load() {
      saved = {
        pending: readRecords(files, pendingPath, pendingFile, "requestId"),
        paired: readRecords(files, pairedPath, pairedFile, "deviceId"),
      };
      return saved;
    },
    save(state) {
      ensureDirectory(files, gatewayDirectory);
      ensureDirectory(files, directory);
      // Paired first: a crash in between leaves a request that can be approved once more.
      if (state.paired !== saved?.paired) writeRecords(files, pairedPath, state.paired);
      if (state.pending !== saved?.pending) writeRecords(files, pendingPath, state.pending);
      saved = state;
    },
  };
}

/** A file that is not as expected is refused: overwriting it would unpair every device. */
function readRecords<K extends string, R extends Readonly<Record<K, string>>>(
  files: Files,
  path: string,
  schema: z.ZodMiniType<Record<string, R>>,
  idKey: K,
): ReadonlyMap<string, R> {
  const stored = readJsonFile(files, path);
  if (stored === undefined) return new Map();
  const parsed = schema.safeParse(stored.value);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") || "the file";
    throw contentError(path, `"${where}" is not as expected`);
  }
  const records = Object.entries(parsed.data);
  const stray = records.find(([id, record]) => record[idKey] !== id);
  if (stray !== undefined) throw contentError(path, `"${stray[0]}" holds another ${idKey}`);
  return new Map(records);
}

function writeRecords(files: Files, path: string, records: ReadonlyMap<string, unknown>): void {
  writeJsonFile(files, path, Object.fromEntries(records));
}
