/** `system.run`: checked, decided, executed, reported. */
import { decide } from "../../approvals/decide.ts";
import { type EffectivePolicy, effectivePolicy } from "../../approvals/effective.ts";
import { type Policy, emptyPolicy, parsePolicy } from "../../approvals/policy.ts";
import { buildEnvironment } from "../../exec/environment.ts";
import { type FoundProgram, type ProgramSearch, findProgram } from "../../exec/find-program.ts";
import { type RunOutcome, type RunningCommand, startCommand } from "../../exec/running-command.ts";
import { emptyText } from "../../exec/captured-text.ts";
import type { Clock, Files, Log, Random, Spawner } from "../../platform/ports.ts";
import { frameReserveBytes } from "../../protocol/limits.ts";
import type { InvokeErrorCode, InvokeOutcome } from "../../protocol/node-invoke.ts";
import type { ExecEventCommon } from "../../protocol/system-run.ts";
import type { ApprovalsStore } from "../../state/approvals-file.ts";
import { deniedEvent, finishedEvent, runPayload } from "../exec-events.ts";
import { fitPayload } from "../fit-result.ts";
import { type InvokeHandler, type SendExecEvent, invalid } from "../invoke.ts";
import { type RunRequest, parseRunRequest } from "../run-request.ts";

export interface SystemRunPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly log: Log;
  readonly random: Random;
  readonly spawner: Spawner;
  readonly approvals: ApprovalsStore;
  readonly sendEvent: SendExecEvent;
  /** Commands under way, for drain and kill. */
  readonly running: Set<RunningCommand>;
}

export interface SystemRunSettings {
  /** This machine's environment, before anything is removed from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly platform: string;
  readonly trustApprovals: boolean;
  /** What the gateway at hand takes and vouches for; read for every run. */
  gateway(): {
    readonly maxPayload: number;
    readonly denialCode: InvokeErrorCode;
    readonly vouchesForApprovals: boolean;
  };
}

export function systemRun(ports: SystemRunPorts, settings: SystemRunSettings): InvokeHandler {
  return async ({ params }) => {
    const parsed = parseRunRequest(params);
    if (!parsed.ok) return parsed.outcome;
    const { request } = parsed;
    const common: ExecEventCommon = {
      sessionKey: request.sessionKey,
      runId: request.runId ?? ports.random.uuid(),
      host: "node",
      command: request.commandText,
    };
    const admitted = admit(ports, settings, request);
    if (!admitted.ok) {
      if (admitted.reason !== undefined) ports.sendEvent(deniedEvent(common, admitted.reason));
      return admitted.outcome;
    }
    return execute(ports, settings, request, admitted, common);
  };
}

type Admission =
  | {
      readonly ok: true;
      readonly program: FoundProgram | undefined;
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
      /** Spawned as the file that was checked, not as it was named. */
      readonly pinned: boolean;
    }
  | {
      readonly ok: false;
      readonly outcome: InvokeOutcome;
      readonly reason?: Parameters<typeof deniedEvent>[1];
    };

/** Everything that is decided before a process exists. */
function admit(ports: SystemRunPorts, settings: SystemRunSettings, request: RunRequest): Admission {
  const policy = currentPolicy(ports, request.agentId);
  const { denialCode, vouchesForApprovals } = settings.gateway();
  if (!policy.ok) {
    const message = `SYSTEM_RUN_DISABLED: security=deny\n${policy.problem}\nNothing runs until the file is mended.`;
    return {
      ok: false,
      outcome: { ok: false, code: denialCode, message },
      reason: "security=deny",
    };
  }
  const windows = settings.platform === "win32";
  const environment = buildEnvironment({
    inherited: settings.env,
    overrides: request.env,
    strict: policy.effective.security.value !== "full",
    windows,
  });
  if (!environment.ok) return { ok: false, outcome: invalid(environment.message) };
  const cwd = request.cwd ?? settings.cwd;
  const program = findProgram(
    ports.files,
    request.argv[0] ?? "",
    searchIn(environment.env, cwd, windows),
  );
  const decision = decide(
    {
      argv: request.argv,
      approved: request.approved,
      approvalsTrusted: settings.trustApprovals || vouchesForApprovals,
      program,
    },
    policy.effective,
    {
      home: settings.home,
      ignoreCase: windows || settings.platform === "darwin",
      realPath: (path) => ports.files.realPath(path),
    },
  );
  if (!decision.allow) {
    ports.log.warn(`denied: ${request.commandText}`, {
      code: decision.code,
      agent: policy.effective.agent,
    });
    const code = decision.code === "security-deny" ? "UNAVAILABLE" : denialCode;
    return {
      ok: false,
      outcome: { ok: false, code, message: decision.message },
      reason: decision.reason,
    };
  }
  if (request.needsScreenRecording) {
    const message = "PERMISSION_MISSING: screenRecording";
    return {
      ok: false,
      outcome: { ok: false, code: "UNAVAILABLE", message },
      reason: "permission:screenRecording",
    };
  }
  return { ok: true, program, cwd, env: environment.env, pinned: decision.because === "allowlist" };
}

type CurrentPolicy =
  | { readonly ok: true; readonly effective: EffectivePolicy }
  | { readonly ok: false; readonly problem: string };

/** Read for every run: an edit counts at once. */
function currentPolicy(ports: SystemRunPorts, agentId: string | undefined): CurrentPolicy {
  const read = ports.approvals.read();
  if (read.kind === "unusable") return { ok: false, problem: read.problem };
  let policy: Policy = emptyPolicy;
  if (read.kind === "file") {
    const parsed = parsePolicy(read.value);
    if (!parsed.ok)
      return { ok: false, problem: `exec-approvals.json cannot be used: ${parsed.problem}` };
    policy = parsed.policy;
  }
  return { ok: true, effective: effectivePolicy(policy, agentId) };
}

export function searchIn(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  windows: boolean,
): ProgramSearch {
  return { cwd, path: env["PATH"] ?? env["Path"] ?? "", windows, pathExt: env["PATHEXT"] };
}

async function execute(
  ports: SystemRunPorts,
  settings: SystemRunSettings,
  request: RunRequest,
  admitted: Extract<Admission, { ok: true }>,
  common: ExecEventCommon,
): Promise<InvokeOutcome> {
  const [name = ""] = request.argv;
  const { outcome, cwdProblem } = await run(ports, request, admitted);
  const build = (stdout: string, stderr: string) => {
    const payload = runPayload(outcome, name, stdout, stderr);
    return cwdProblem === undefined ? payload : { ...payload, error: cwdProblem };
  };
  const room = settings.gateway().maxPayload - frameReserveBytes;
  const payload = fitPayload(build, outcome, room);
  ports.log.info(`ran: ${request.commandText}`, {
    exit: payload.exitCode,
    ...(payload.error === null ? {} : { error: payload.error }),
    ...(payload.timedOut ? { timedOut: true } : {}),
  });
  ports.sendEvent(finishedEvent(common, payload));
  return { ok: true, payload };
}

async function run(
  ports: SystemRunPorts,
  request: RunRequest,
  { program, cwd, env, pinned }: Extract<Admission, { ok: true }>,
): Promise<{ readonly outcome: RunOutcome; readonly cwdProblem?: string }> {
  const directory = ports.files.stat(cwd, true);
  if (directory?.kind !== "directory") {
    const what =
      directory === undefined ? "does not exist on this node" : "is not a directory on this node";
    return { outcome: notStarted("ENOENT"), cwdProblem: `Cannot run in "${cwd}": it ${what}` };
  }
  if (program === undefined) return { outcome: notStarted("ENOENT") };
  const command = startCommand(ports, {
    program: pinned ? program.realPath : program.path,
    argv: request.argv,
    cwd,
    env,
    timeoutMs: request.timeoutMs,
  });
  ports.running.add(command);
  const outcome = await command.outcome;
  ports.running.delete(command);
  return { outcome };
}

function notStarted(startError: string): RunOutcome {
  return { end: undefined, startError, timedOut: false, stdout: emptyText, stderr: emptyText };
}
