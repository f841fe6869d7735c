/** What an operator allowed for good goes into the approvals file. */
import { addPattern } from "../approvals/edit.ts";
import { messageOf } from "../lib/errors.ts";
import { type JsonObject, isObject } from "../lib/json.ts";
import type { Clock, Log, Random } from "../platform/ports.ts";
import type { ApprovalsStore } from "../state/approvals-file.ts";

export interface RememberPorts {
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "uuid">;
  readonly log: Log;
  readonly approvals: ApprovalsStore;
}

/** Adds what an operator allowed for good; a failure to write costs only the remembering. */
export function rememberApproval(
  ports: RememberPorts,
  agent: string,
  patterns: readonly string[],
): void {
  const read = ports.approvals.read();
  let file: JsonObject = read.kind === "file" && isObject(read.value) ? read.value : { version: 1 };
  let changed = false;
  for (const pattern of patterns) {
    const entry = { id: ports.random.uuid(), addedAtMs: ports.clock.now() };
    const change = addPattern(file, agent, pattern, entry);
    file = change.file;
    changed ||= change.changed;
  }
  if (!changed) return;
  try {
    ports.approvals.write(file);
    ports.log.info("allowed for good by an operator", { agent, programs: patterns.join(" ") });
  } catch (error) {
    ports.log.warn(`an approval could not be remembered: ${messageOf(error)}`);
  }
}
