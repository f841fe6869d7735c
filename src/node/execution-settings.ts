/** What the owner of this machine says about every execution, beyond the policy. */
import { type OutputEncoding, utf8Output } from "../exec/output-encoding.ts";
import type { ProgramStart } from "../exec/limited-start.ts";
import type { LimitedStart } from "../exec/tree-limits.ts";
import type { Guardian, SpawnOptions } from "../platform/ports.ts";
import { type DeadlineSettings, noDeadlines } from "./run-deadline.ts";
import type { DirectoryMapping } from "./run-directory.ts";
import { type QueueLimits, defaultQueueLimits } from "./run-queue.ts";

export interface ExecutionSettings {
  readonly deadlines: DeadlineSettings;
  readonly queue: QueueLimits;
  readonly directories: readonly DirectoryMapping[];
  readonly encoding: OutputEncoding;
  /** The user that commands run as; undefined: this process' own. */
  readonly user: SpawnOptions["user"];
  /** Puts an agent's limits around a program; undefined: nobody has any. */
  readonly limited: ((start: ProgramStart, agent: string) => LimitedStart) | undefined;
  /** Ends commands when this host is killed; undefined: they go on. */
  readonly guardian: Guardian | undefined;
}

export const plainExecution: ExecutionSettings = {
  deadlines: noDeadlines,
  queue: defaultQueueLimits,
  directories: [],
  encoding: utf8Output,
  user: undefined,
  limited: undefined,
  guardian: undefined,
};
