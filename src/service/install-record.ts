/** What an installation made, so that it can be shown, compared and removed again. */
import { join } from "node:path";

import * as z from "zod/mini";

import { parseJson } from "../lib/json.ts";
import type { Files } from "../platform/ports.ts";

const record = z.looseObject({
  version: z.literal(1),
  manager: z.string(),
  scope: z.enum(["user", "system"]),
  account: z.optional(z.string()),
  programArguments: z.array(z.string()),
  workingDirectory: z.string(),
  stateDirectory: z.string(),
  environment: z.record(z.string(), z.string()),
  environmentFiles: z.array(z.string()),
  hardening: z.string(),
  files: z.array(z.string()),
  /** Lingering was off before: it goes off again with the service. */
  lingers: z.optional(z.boolean()),
});

export type InstallRecord = z.infer<typeof record>;

export function recordPath(dataDirectory: string): string {
  return join(dataDirectory, "install.json");
}

/** Undefined when there is none, or none that can be understood: the files speak for themselves. */
export function readRecord(files: Files, dataDirectory: string): InstallRecord | undefined {
  const text = readOrUndefined(files, recordPath(dataDirectory));
  const parsed = text === undefined ? undefined : record.safeParse(parseJson(text)?.value);
  return parsed?.success === true ? parsed.data : undefined;
}

function readOrUndefined(files: Files, path: string): string | undefined {
  try {
    return files.readText(path);
  } catch {
    return undefined;
  }
}
