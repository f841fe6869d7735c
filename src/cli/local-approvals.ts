/** The approvals file of this machine, as commands use it. */
import { parsePolicy } from "../approvals/policy.ts";
import { ConfigError } from "../lib/errors.ts";
import { type JsonObject, isObject } from "../lib/json.ts";
import { type ApprovalsStore, approvalsStore } from "../state/approvals-file.ts";
import { pathsIn, stateDirectory } from "../state/paths.ts";
import type { CliContext } from "./context.ts";

export interface LocalApprovals {
  readonly path: string;
  readonly store: ApprovalsStore;
  /** The file's JSON; that of an untouched machine when there is none. Throws ConfigError. */
  readonly file: JsonObject;
  readonly exists: boolean;
}

export function openLocalApprovals(
  context: CliContext,
  profile: string | undefined,
): LocalApprovals {
  const path = pathsIn(stateDirectory(context.env, profile)).approvals;
  const store = approvalsStore(context.files, path, context.machine.uid);
  const read = store.read();
  if (read.kind === "missing") return { path, store, file: { version: 1 }, exists: false };
  if (read.kind === "unusable") {
    throw new ConfigError(`Cannot use "${path}": ${read.problem}`);
  }
  const parsed = parsePolicy(read.value);
  if (!parsed.ok || !isObject(read.value)) {
    const problem = parsed.ok ? "it is not a JSON object" : parsed.problem;
    throw new ConfigError(`Cannot use "${path}": ${problem}; the file was left as it is`);
  }
  return { path, store, file: read.value, exists: true };
}
