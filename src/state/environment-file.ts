/** Files of NAME=VALUE lines, as systemd's `EnvironmentFile=` and Docker's `--env-file` have them. */
import { ConfigError } from "../lib/errors.ts";
import type { Files } from "../platform/ports.ts";
import { readStateFile } from "./json-file.ts";

/** Throws ConfigError with the line that cannot be understood. */
export function readEnvironmentFile(files: Files, path: string): Readonly<Record<string, string>> {
  const text = readStateFile(files, path);
  if (text === undefined) {
    throw new ConfigError(`Cannot read the environment from "${path}": there is no such file`);
  }
  const values: Record<string, string> = {};
  for (const [index, line] of text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith(";")) continue;
    const parts = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(trimmed);
    // Its text is not shown: it may be a secret.
    if (parts === null) {
      throw new ConfigError(
        `Cannot read the environment from "${path}": line ${index + 1} is not NAME=VALUE`,
      );
    }
    values[parts[1] ?? ""] = unquote(parts[2] ?? "");
  }
  return values;
}

function unquote(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  if (quoted !== undefined) {
    return quoted.replace(/\\(.)/g, (_match, char: string) => (char === "n" ? "\n" : char));
  }
  return /^'([^']*)'$/.exec(value)?.[1] ?? value;
}
