import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes a rename survive a power cut; not every file system allows it. */
export function syncDirectory(path: string): void {
  try {
    const descriptor = openSync(path, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Windows cannot open directories; the rename itself has happened.
  }
}
