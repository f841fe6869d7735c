import { dirname } from "node:path";

import type { Files } from "../../platform/ports.ts";

/** Bits of a mode that hold for everybody. */
const anyoneEnters = 0o001;

/**
 * Undefined when every account can use a file; else the first path that keeps some out. `bit` is
 * what is wanted of the file itself: 4 to read it, 1 to execute it.
 */
export function closedTo(files: Files, path: string, bit: 1 | 4): string | undefined {
  const facts = files.stat(path, true);
  if (facts === undefined || (facts.mode & bit) === 0) return path;
  for (let at = dirname(path); ; at = dirname(at)) {
    const directory = files.stat(at, true);
    if (directory === undefined || (directory.mode & anyoneEnters) === 0) return at;
    if (at === dirname(at)) return undefined;
  }
}
