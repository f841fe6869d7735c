/** The gateway's own token: made once, kept for its owner only. */
import { join } from "node:path";

import { shellQuote } from "../lib/display-text.ts";
import { ConfigError } from "../lib/errors.ts";
import type { Files, Random } from "../platform/ports.ts";
import { ensureDirectory, readStateFile } from "../state/json-file.ts";
import { accessError } from "../state/state-error.ts";

export interface KeptToken {
  readonly token: string;
  readonly path: string;
  /** Made by this call. */
  readonly isNew: boolean;
}

export function keptToken(files: Files, random: Random, gatewayDirectory: string): KeptToken {
  const path = join(gatewayDirectory, "token");
  const stored = readStateFile(files, path)?.trim();
  if (stored === "") {
    throw new ConfigError(`Cannot use "${path}": the file is empty, a token is wanted`, {
      hint: `To have a new one made: rm ${shellQuote(path)}`,
    });
  }
  if (stored !== undefined) return { token: stored, path, isNew: false };
  const token = `${random.uuid()}${random.uuid()}`.replaceAll("-", "");
  ensureDirectory(files, gatewayDirectory);
  try {
    files.writeAtomic(path, `${token}\n`, 0o600);
  } catch (error) {
    throw accessError("write", path, error);
  }
  return { token, path, isNew: true };
}
