import { parseJson } from "../lib/json.ts";
import type { FileFacts, Files } from "../platform/ports.ts";
import { accessError, syntaxError } from "./state-error.ts";

/** Larger files are not ours: reading one would only cost memory. */
const largestBytes = 4 * 1024 * 1024;

/** The parsed content of a JSON file; undefined when there is none. Throws ConfigError. */
export function readJsonFile(files: Files, path: string): { readonly value: unknown } | undefined {
  const text = readStateFile(files, path);
  if (text === undefined) return undefined;
  const parsed = parseJson(text);
  if (parsed === undefined) throw syntaxError(path, text, undefined);
  return parsed;
}

/** `known`: what was just found out about the file at this path. */
export function readStateFile(files: Files, path: string, known?: FileFacts): string | undefined {
  try {
    const facts = known ?? files.stat(path, true);
    if (facts === undefined) return undefined;
    if (facts.kind !== "file") throw new Error(`it is a ${facts.kind}, a file is wanted`);
    if (facts.size > largestBytes)
      throw new Error(`it has ${facts.size} bytes, at most ${largestBytes} are read`);
    return files.readText(path);
  } catch (error) {
    throw accessError("read", path, error);
  }
}

/** Writes 2-space JSON with a final newline, only when it differs from what is there. */
export function writeJsonFile(files: Files, path: string, value: unknown, mode = 0o600): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  try {
    if (files.readText(path) === text) return;
    files.writeAtomic(path, text, mode);
  } catch (error) {
    throw accessError("write", path, error);
  }
}

/** Creates a directory of the state; existing ones keep their mode. */
export function ensureDirectory(files: Files, path: string): void {
  try {
    files.makeDirectory(path, 0o700);
  } catch (error) {
    throw accessError("write", path, error);
  }
}
