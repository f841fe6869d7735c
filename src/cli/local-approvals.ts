/** The approvals file of this machine, as commands use it. */
import { parsePolicy } from "../approvals/policy.ts";
import { ConfigError } from "../lib/errors.ts";
import { type JsonObject, isObject } from "../lib/json.ts";
import { type EditApprovals, approvalsEditor } from "../node/edit-approvals.ts";
import { type ApprovalsStore, approvalsStore } from "../state/approvals-file.ts";
import { type StatePaths, pathsIn, stateDirectory } from "../state/paths.ts";
import type { CliContext } from "./context.ts";

/** A person waits for it. */
const patienceMs = 2000;

export interface LocalApprovals {
  readonly paths: StatePaths;
  readonly path: string;
  readonly store: ApprovalsStore;
  readonly edit: EditApprovals;
  /** The file's JSON; that of an untouched machine when there is none. Throws ConfigError. */
  readonly file: JsonObject;
}

export function openLocalApprovals(
  context: CliContext,
  profile: string | undefined,
): LocalApprovals {
  const paths = pathsIn(stateDirectory(context.env, profile));
  const path = paths.approvals;
  const store = approvalsStore(context.files, path, context.machine.uid);
  const read = store.read();
  const edit = approvalsEditor({ ...context, approvals: store }, paths, patienceMs);
  if (read.kind === "missing") return { paths, path, store, edit, file: { version: 1 } };
  if (read.kind === "unusable") {
    throw new ConfigError(`Cannot use "${path}": ${read.problem}`);
  }
  const parsed = parsePolicy(read.value);
  if (!parsed.ok || !isObject(read.value)) {
    const problem = parsed.ok ? "it is not a JSON object" : parsed.problem;
    throw new ConfigError(`Cannot use "${path}": ${problem}; the file was left as it is`);
  }
  return { paths, path, store, edit, file: read.value };
}
