import { resolve } from "node:path";

import { readEnvironmentFile } from "../state/environment-file.ts";
import type { CliContext } from "./context.ts";

/** The same context with the variables of these files; the last one counts. */
export function withEnvironmentFiles(context: CliContext, paths: readonly string[]): CliContext {
  if (paths.length === 0) return context;
  const entries = paths.flatMap((path) =>
    Object.entries(readEnvironmentFile(context.files, resolve(context.machine.cwd, path))),
  );
  return { ...context, env: { ...context.env, ...Object.fromEntries(entries) } };
}
