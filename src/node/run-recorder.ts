/** What `system.run` tells about a run while it goes along. */
import type { ExecEventCommon, SystemRunPayload } from "../protocol/system-run.ts";
import type { Invocation } from "./invoke.ts";

export interface RequestedRun extends ExecEventCommon {
  readonly agentId: string | undefined;
  readonly cwd: string;
}

export interface DecidedRun {
  readonly allowed: boolean;
  /** The rule that allowed it, or the error code that tells the refusal. */
  readonly because: string | undefined;
  readonly message?: string;
}

export interface EndedRun {
  readonly payload: SystemRunPayload;
  readonly signal: string | undefined;
}

export interface RunRecorder {
  requested(invocation: Invocation, run: RequestedRun): void;
  decided(invocation: Invocation, decision: DecidedRun): void;
  /** Settles when it is on disk, or cannot be: nothing is spawned before. */
  started(invocation: Invocation): Promise<void>;
  spawned(invocation: Invocation, pid: number): void;
  /** Called before anything of the result is sent. */
  ended(invocation: Invocation, run: EndedRun): Promise<void>;
}
