/** The only way to change `exec-approvals.json`: read, checked and written in one step. */
import type { AllowlistChange } from "../approvals/edit.ts";
import { type Policy, emptyPolicy, parsePolicy } from "../approvals/policy.ts";
import { ConfigError } from "../lib/errors.ts";
import { type JsonObject, isObject } from "../lib/json.ts";
import type { Files } from "../platform/ports.ts";
import type { ApprovalsSnapshot } from "../protocol/exec-approvals.ts";
import { type ApprovalsStore, hashOf } from "../state/approvals-file.ts";
import { type EditLockPorts, takeEditLock } from "../state/edit-lock.ts";
import { ensureDirectory, writeJsonFile } from "../state/json-file.ts";
import type { StatePaths } from "../state/paths.ts";

export interface CurrentApprovals {
  /** `{"version":1}` where there is no file. */
  readonly file: JsonObject;
  readonly policy: Policy;
  readonly exists: boolean;
  /** Of the file's text, as snapshots tell it. */
  readonly hash: string;
}

interface Edited<T> {
  readonly change: T;
  /** The file as it is right after the edit. */
  readonly snapshot: ApprovalsSnapshot;
}

/**
 * Changes the file while no other process does. `change` may be called twice and only computes;
 * what it computed last counts. A file that cannot be used stays as it is. Throws ConfigError, or
 * UserError while somebody else holds the file.
 */
export type EditApprovals = <T extends AllowlistChange>(
  change: (current: CurrentApprovals) => T,
) => Promise<Edited<T>>;

interface EditPorts extends EditLockPorts {
  readonly files: Files;
  readonly approvals: ApprovalsStore;
}

/** `patienceMs`: how long the edit of another process is waited for. */
export function approvalsEditor(
  ports: EditPorts,
  paths: Pick<StatePaths, "directory" | "approvals" | "approvalsLock">,
  patienceMs: number,
): EditApprovals {
  const { files, approvals } = ports;
  const current = (): CurrentApprovals => currentIn(approvals, paths.approvals);
  return async (change) => {
    // What changes nothing needs no lock, and makes no file on a machine without any.
    const idle = change(current());
    if (!idle.changed) return { change: idle, snapshot: approvals.snapshot() };
    ensureDirectory(files, paths.directory);
    const lock = { lock: paths.approvalsLock, file: paths.approvals, patienceMs };
    const release = await takeEditLock(ports, lock);
    try {
      const made = change(current());
      if (made.changed) writeJsonFile(files, paths.approvals, made.file);
      return { change: made, snapshot: approvals.snapshot() };
    } finally {
      release();
    }
  };
}

function currentIn(approvals: ApprovalsStore, path: string): CurrentApprovals {
  const read = approvals.read();
  if (read.kind === "missing") {
    return { file: { version: 1 }, policy: emptyPolicy, exists: false, hash: hashOf("") };
  }
  if (read.kind === "unusable") throw unusable(path, read.problem);
  const parsed = parsePolicy(read.value);
  if (!parsed.ok) throw unusable(path, parsed.problem);
  // Nothing else is a policy.
  const file = isObject(read.value) ? read.value : {};
  return { file, policy: parsed.policy, exists: true, hash: hashOf(read.text) };
}

function unusable(path: string, problem: string): ConfigError {
  return new ConfigError(
    `Cannot change "${path}": it cannot be used and was left as it is: ${problem}`,
  );
}
