/** Everything that is decided about a `system.run` before a process exists. */
import { resolve } from "node:path";

import { type PlannedDirectory, planCommand } from "../approvals/command-plan.ts";
import { decide } from "../approvals/decide.ts";
import { type EffectivePolicy, effectivePolicy, everyAgent } from "../approvals/effective.ts";
import { type Execution, executionOf, programsOf } from "../approvals/execution.ts";
import type { ProgramFacts } from "../approvals/match-program.ts";
import { type Policy, emptyPolicy, parsePolicy } from "../approvals/policy.ts";
import { type UsedEntry, usedEntries } from "../approvals/used-entries.ts";
import { buildEnvironment } from "../exec/environment.ts";
import { type ProgramSearch, findProgram } from "../exec/find-program.ts";
import type { Files } from "../platform/ports.ts";
import type { InvokeOutcome } from "../protocol/node-invoke.ts";
import type { DeniedReason } from "../protocol/system-run.ts";
import type { ApprovalsStore } from "../state/approvals-file.ts";
import { invalid } from "./invoke.ts";
import type { GatewayFacts } from "./node-host.ts";
import { type RememberPorts, type Remembered, rememberApproval } from "./remember-approval.ts";
import type { RunRequest } from "./run-request.ts";

export interface AdmitPorts extends RememberPorts {
  readonly approvals: ApprovalsStore;
  readonly files: Files;
}

export interface RunSettings {
  /** This machine's environment, before anything is removed from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly platform: string;
  readonly trustApprovals: boolean;
  /** Nothing that comes from the gateway changes the policy file. */
  readonly lockApprovals: boolean;
  /** What the gateway at hand takes and vouches for; read for every run. */
  gateway(): GatewayFacts;
}

export type Admission =
  | {
      readonly ok: true;
      /** Undefined: there is no such program, which only the result tells. */
      readonly execution: Execution | undefined;
      /** Checked once more right before the start: nobody may have swapped them. */
      readonly programs: readonly ProgramFacts[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
      /** Settles when what was allowed for good is stored, or is known not to be; never rejects. */
      readonly remembered: Promise<Remembered> | undefined;
      readonly agent: string;
      /** The entries of the agent's allowlist that let it run. */
      readonly used: readonly UsedEntry[];
    }
  | { readonly ok: false; readonly outcome: InvokeOutcome; readonly reason?: DeniedReason };

export function admitRun(ports: AdmitPorts, settings: RunSettings, request: RunRequest): Admission {
  const policy = currentPolicy(ports.approvals, request.agentId);
  const { denialCode, vouchesForApprovals } = settings.gateway();
  if (!policy.ok) {
    const message = `SYSTEM_RUN_DISABLED: security=deny\n${policy.problem}\nNothing runs until the file is mended.`;
    return refuse({ ok: false, code: "UNAVAILABLE", message }, "security=deny");
  }
  const windows = settings.platform === "win32";
  const environment = buildEnvironment({
    inherited: settings.env,
    overrides: request.env,
    strict: policy.effective.security.value !== "full",
    windows,
  });
  if (!environment.ok) return refuse(invalid(environment.message));
  const { env } = environment;
  const plan = planCommand(request.argv);
  const asked = request.cwd ?? settings.cwd;
  const changed = plan.ok ? plan.directory : undefined;
  const cwd = changed === undefined ? asked : directoryOf(changed, asked, settings.home);
  const find = (name: string): ProgramFacts | undefined =>
    findProgram(ports.files, name, searchIn(env, cwd, windows));
  const question = {
    plan,
    find,
    approved: request.approved,
    approvalsTrusted: settings.trustApprovals || vouchesForApprovals,
  };
  const options = {
    home: settings.home,
    // A volume of macOS may tell case apart or not: only the exact name is sure to be the file.
    ignoreCase: windows,
    realPath: (path: string) => ports.files.realPath(path),
  };
  const decision = decide(question, policy.effective, options);
  if (!decision.allow) {
    const { code, message, reason } = decision;
    ports.log.warn(`denied: ${request.commandText}`, { code, agent: policy.effective.agent });
    const wireCode = code === "security-deny" ? "UNAVAILABLE" : denialCode;
    return refuse({ ok: false, code: wireCode, message }, reason);
  }
  if (request.needsScreenRecording) {
    const message = "PERMISSION_MISSING: screenRecording";
    return refuse({ ok: false, code: "UNAVAILABLE", message }, "permission:screenRecording");
  }
  // Who asks must not choose that an approval counts for everybody.
  const mayLearn = !settings.lockApprovals && policy.effective.agent !== everyAgent;
  const remembered =
    request.approvedAlways && mayLearn
      ? rememberApproval(ports, policy.effective.agent, decision.learn, (effective) => {
          const again = decide(question, effective, options);
          return again.allow ? again.learn : undefined;
        })
      : undefined;
  const { agent, allowlist } = policy.effective;
  const used = usedEntries(decision, allowlist, options);
  if (decision.commands === undefined) {
    // As sent: a leading `cd` is the shell's own business.
    const execution = asSent(request.argv, find);
    return { ok: true, execution, programs: [], cwd: asked, env, remembered, agent, used };
  }
  const execution = executionOf(decision.commands);
  const programs = programsOf(decision.commands);
  return { ok: true, execution, programs, cwd, env, remembered, agent, used };
}

function refuse(outcome: InvokeOutcome, reason?: DeniedReason): Admission {
  return reason === undefined ? { ok: false, outcome } : { ok: false, outcome, reason };
}

function asSent(
  argv: readonly string[],
  find: (name: string) => ProgramFacts | undefined,
): Execution | undefined {
  const program = find(argv[0] ?? "");
  return program && { kind: "argv", program: program.path, argv };
}

/** The directory that a leading `cd` names. */
export function directoryOf(
  { path, fromHome }: PlannedDirectory,
  cwd: string,
  home: string,
): string {
  return resolve(fromHome ? home : cwd, path);
}

type CurrentPolicy =
  | { readonly ok: true; readonly effective: EffectivePolicy }
  | { readonly ok: false; readonly problem: string };

/** Read for every run: an edit counts at once. */
function currentPolicy(approvals: ApprovalsStore, agentId: string | undefined): CurrentPolicy {
  const read = approvals.read();
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
