/** `system.run`: checked, decided, executed, reported. */
import { resolve } from "node:path";

import type { Execution } from "../../approvals/execution.ts";
import type { ProgramFacts } from "../../approvals/match-program.ts";
import { mainAgent } from "../../approvals/policy.ts";
import { tooLong } from "../../exec/argument-limit.ts";
import { emptyText } from "../../exec/captured-text.ts";
import { type RunOutcome, startCommand } from "../../exec/running-command.ts";
import type { Clock, FileFacts, Files, Random, Spawner } from "../../platform/ports.ts";
import { frameReserveBytes } from "../../protocol/limits.ts";
import type { InvokeOutcome } from "../../protocol/node-invoke.ts";
import type { ExecEventCommon, SystemRunPayload } from "../../protocol/system-run.ts";
import type { Admission, RunSettings } from "../admit-run.ts";
import { type AskPorts, admitOrAsk } from "../ask-owner.ts";
import { deniedEvent, finishedEvent, runPayload } from "../exec-events.ts";
import { plainExecution } from "../execution-settings.ts";
import { fitPayload } from "../fit-result.ts";
import type { Invocation, InvokeHandler, SendExecEvent } from "../invoke.ts";
import type { DecidedRun, RunRecorder } from "../run-recorder.ts";
import type { Refusal } from "../refusal.ts";
import type { UsageRecord } from "../usage-record.ts";
import { type RunRequest, parseRunRequest } from "../run-request.ts";
import { RunTurns, type Turn, type TurnPorts } from "../run-turns.ts";

export interface SystemRunPorts extends AskPorts, TurnPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly spawner: Spawner;
  readonly sendEvent: SendExecEvent;
  readonly usage: Pick<UsageRecord, "note">;
  readonly recorder: RunRecorder;
}

export function systemRun(ports: SystemRunPorts, settings: RunSettings): InvokeHandler {
  const turns = new RunTurns(ports, settings.execution);
  return async (invocation) => {
    const arrived = ports.clock.monotonic();
    const { params, cancelled } = invocation;
    const parsed = parseRunRequest(params);
    if (!parsed.ok) return parsed.outcome;
    const { request } = parsed;
    const common: ExecEventCommon = {
      sessionKey: request.sessionKey,
      runId: request.runId ?? ports.random.uuid(),
      host: "node",
      command: request.commandText,
      ...(request.suppressNotify ? { suppressNotifyOnExit: true } : {}),
    };
    const { agentId, cwd = settings.cwd } = request;
    ports.recorder.requested(invocation, { ...common, agentId, cwd });
    const refused = (admission: Refusal): InvokeOutcome => {
      if (admission.code !== undefined) {
        ports.log.warn(`denied: ${request.commandText}`, {
          code: admission.code,
          agent: request.agentId ?? mainAgent,
        });
      }
      if (admission.reason !== undefined) ports.sendEvent(deniedEvent(common, admission.reason));
      return admission.outcome;
    };
    const admitted = await admitOrAsk(ports, settings, request, invocation);
    ports.recorder.decided(invocation, decisionOf(admitted));
    if (!admitted.ok) return refused(admitted);
    if (cancelled.aborted) return cancelledOutcome;
    const { timeoutMs: gatewayMs } = invocation;
    return turns.take({ request, gatewayMs, arrived, cancelled }, async (turn) => {
      const stale = turn.waited ? admitted.recheck() : undefined;
      if (stale === undefined) {
        return execute(ports, settings, { invocation, request, admitted, common, turn });
      }
      ports.recorder.decided(invocation, decisionOf(stale));
      return refused(stale);
    });
  };
}

interface AdmittedRun {
  readonly invocation: Invocation;
  readonly request: RunRequest;
  readonly admitted: Extract<Admission, { ok: true }>;
  readonly common: ExecEventCommon;
  readonly turn: Turn;
}

async function execute(
  ports: SystemRunPorts,
  settings: RunSettings,
  admittedRun: AdmittedRun,
): Promise<InvokeOutcome> {
  const { invocation, request, admitted, common, turn } = admittedRun;
  const [name = ""] = request.argv;
  const { outcome, problem } = await run(ports, settings, admittedRun);
  // Whoever has the answer may rely on it.
  await admitted.remembered;
  if (outcome.startError === undefined) {
    ports.usage.note(admitted.agent, admitted.used, request.commandText);
  }
  const { maxPayload, timeoutExitCode } = settings.gateway();
  const why = outcome.timedOut ? turn.deadline?.reason : undefined;
  const build = (stdout: string, stderr: string): SystemRunPayload => {
    const payload = runPayload(outcome, name, stdout, stderr, timeoutExitCode);
    const notes = [problem ?? payload.error, why].filter((note) => typeof note === "string");
    return notes.length === 0 ? payload : { ...payload, error: notes.join("; ") };
  };
  const payload = fitPayload(build, outcome, maxPayload - frameReserveBytes);
  ports.log.info(`ran: ${request.commandText}`, {
    exit: payload.exitCode,
    ...(payload.error === null ? {} : { error: payload.error }),
    ...(payload.timedOut ? { timedOut: true } : {}),
  });
  const signal = outcome.end?.kind === "signal" ? outcome.end.signal : undefined;
  await ports.recorder.ended(invocation, { payload, signal });
  if (invocation.cancelled.aborted) {
    ports.log.info(`ended, because the gateway gave up waiting: ${request.commandText}`);
    return cancelledOutcome;
  }
  ports.sendEvent(finishedEvent(common, payload));
  return { ok: true, payload };
}

async function run(
  ports: SystemRunPorts,
  settings: RunSettings,
  { invocation, request, admitted, turn }: AdmittedRun,
): Promise<{ readonly outcome: RunOutcome; readonly problem?: string }> {
  const { execution, programs, cwd, env } = admitted;
  // A circle of links or a name that is too long is told like any other place that is not there.
  const directory = followed(ports.files, cwd);
  if (directory?.kind !== "directory") {
    const problem =
      directory === undefined
        ? `CWD_NOT_FOUND: "${cwd}" does not exist on this node`
        : `CWD_NOT_DIRECTORY: "${cwd}" is not a directory on this node`;
    return { outcome: notStarted("ENOENT"), problem };
  }
  if (execution === undefined)
    return { outcome: notStarted(whyNotFound(ports.files, request, cwd)) };
  await ports.recorder.started(invocation);
  const swapped = programs.find((program) => !isSame(ports.files, program));
  if (swapped !== undefined) {
    const problem = `Cannot run "${swapped.path}": it changed after it was checked`;
    return { outcome: notStarted("ESTALE"), problem };
  }
  const started = programOf(execution);
  const problem = tooLong(started.argv, env, settings.platform);
  if (problem !== undefined) return { outcome: notStarted("E2BIG"), problem };
  const { user, limited, encoding, guardian } = settings.execution ?? plainExecution;
  const command = startCommand(
    { ...ports, guardian, spawner: noting(ports, invocation) },
    {
      ...(limited?.(started, admitted.agent) ?? started),
      cwd,
      env,
      stdin: request.stdin,
      user,
      treeId: ports.random.uuid(),
      timeoutMs: turn.deadline?.ms,
      graceMs: turn.deadline?.graceMs,
      encoding,
    },
  );
  turn.begin(command);
  return { outcome: await command.outcome };
}

/** Nobody is told: the request was taken back. */
const cancelledOutcome: InvokeOutcome = { ok: false, code: "UNAVAILABLE", message: "cancelled" };

/** The same spawner; what it starts is recorded. */
function noting({ spawner, recorder }: SystemRunPorts, invocation: Invocation): Spawner {
  return {
    spawn(options) {
      const child = spawner.spawn(options);
      recorder.spawned(invocation, child.pid);
      return child;
    },
  };
}

function decisionOf(admission: Admission): DecidedRun {
  if (admission.ok) return { allowed: true, because: undefined };
  const { outcome, reason } = admission;
  if (outcome.ok) return { allowed: false, because: reason };
  return { allowed: false, because: reason ?? outcome.code, message: outcome.message };
}

const shell = "/bin/sh";

function programOf(execution: Execution): {
  readonly program: string;
  readonly argv: readonly string[];
} {
  if (execution.kind === "argv") return execution;
  return { program: shell, argv: [shell, "-c", execution.text] };
}

/** Whether the very file that was judged is still what its path leads to. */
function isSame(files: Files, program: ProgramFacts): boolean {
  const now = followed(files, program.path);
  return now?.device === program.device && now.inode === program.inode;
}

/** A file that is there and may not be executed is no missing program. */
function whyNotFound(files: Files, { argv: [name = ""] }: RunRequest, cwd: string): string {
  return name.includes("/") && files.realPath(resolve(cwd, name)) !== undefined
    ? "EACCES"
    : "ENOENT";
}

/** What a path leads to; undefined when it leads nowhere, for whatever reason. */
function followed(files: Files, path: string): FileFacts | undefined {
  try {
    return files.stat(path, true);
  } catch {
    return undefined;
  }
}

function notStarted(startError: string): RunOutcome {
  return { end: undefined, startError, timedOut: false, stdout: emptyText, stderr: emptyText };
}
