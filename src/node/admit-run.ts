/** Everything that is decided about a `system.run` before a process exists. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";

import { type PlannedDirectory, planCommand } from "../approvals/command-plan.ts";
import { type Decision, type RunQuestion, decide } from "../approvals/decide.ts";
import { approvedRun } from "../approvals/approved-run.ts";
import { type EffectivePolicy, everyAgent, unansweredPolicy } from "../approvals/effective.ts";
import { type Grant, commandMarker, exactApproval } from "../approvals/exact-approval.ts";
import { type Execution, executionOf, programsOf } from "../approvals/execution.ts";
import type { JudgeOptions } from "../approvals/judgement.ts";
import type { ProgramFacts } from "../approvals/match-program.ts";
import { type UsedEntry, usedEntries } from "../approvals/used-entries.ts";
import { buildEnvironment, mayAssign } from "../exec/environment.ts";
import { type ProgramSearch, findProgram, locateProgram } from "../exec/find-program.ts";
import type { Files } from "../platform/ports.ts";
import type { ApprovalsStore } from "../state/approvals-file.ts";
import { checkClaim } from "./claimed-run.ts";
import { currentPolicy } from "./current-policy.ts";
import { invalid } from "./invoke.ts";
import type { IssuedPlans } from "./issued-plans.ts";
import type { GatewayFacts } from "./node-host.ts";
import { type ExecutionSettings, plainExecution } from "./execution-settings.ts";
import { type RememberPorts, type Remembered, rememberApproval } from "./remember-approval.ts";
import { mapDirectory } from "./run-directory.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { recheckRun, witnessOf } from "./recheck-run.ts";
import type { RunRequest } from "./run-request.ts";

export interface AdmitPorts extends RememberPorts {
  readonly approvals: ApprovalsStore;
  readonly files: Files;
  /** What was shown to operators through `system.run.prepare`. */
  readonly plans: IssuedPlans;
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
  /** Program text for interpreters needs an approval, whatever the allowlist says. */
  readonly strictInlineEval: boolean;
  /** Absent: nothing special. */
  readonly execution?: ExecutionSettings;
  /** What the gateway at hand takes and vouches for; read for every run. */
  gateway(): GatewayFacts;
}

export interface Admitted {
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
  /** For a run that had to wait for its turn: why it may not run any more. */
  recheck(): Refusal | undefined;
}

/** As it was decided, before anything waits. */
export type AdmittedOnce = Omit<Admitted, "recheck">;

export type Admission = Admitted | Refusal;

/**
 * Decides without asking anybody. `skills`: names of the programs that count as skills where the
 * policy says so, when known.
 */
export function admitRun(
  ports: AdmitPorts,
  settings: RunSettings,
  request: RunRequest,
  skills?: ReadonlySet<string>,
): Admission {
  const current = currentPolicy(ports.approvals, request.agentId);
  if (!current.ok) return current;
  // Nobody answered the gateway: what the policy says for that case, and never more.
  const policy = request.fallback ? unansweredPolicy(current.policy) : current.policy;
  const run = assessRun(ports, settings, request, policy, skills);
  if (!run.ok) return run;
  const { approvalsNeedPlan, denialCode } = settings.gateway();
  const problem = checkClaim(ports, approvalsNeedPlan, request, run, policy);
  if (problem?.kind === "invalid") return refuse(invalid(problem.message));
  if (problem !== undefined) {
    const { message, reason } = problem;
    return { ...refuse({ ok: false, code: denialCode, message }, reason), code: "approval-stale" };
  }
  const decision = decide(run.question, policy, run.options);
  if (!decision.allow) {
    const { code, message, reason } = decision;
    const wireCode = code === "security-deny" ? "UNAVAILABLE" : denialCode;
    const wantsPerson = code === "approval-required" || code === "approval-untrusted";
    const mayAsk = wantsPerson && request.stdin === undefined;
    const wantsSkills = skills === undefined && policy.autoAllowSkills.value && liftable.has(code);
    return { ...refuse({ ok: false, code: wireCode, message }, reason), code, mayAsk, wantsSkills };
  }
  if (decision.because === "approved" && request.stdin !== undefined) {
    // Who approved saw the command, not what it will read: a shell would read its orders there.
    return refuse(invalid("stdin cannot be given to a command that was approved by a person"));
  }
  if (request.needsScreenRecording) return noScreen();
  // Who asks must not choose that an approval counts for everybody.
  const mayLearn = !settings.lockApprovals && policy.agent !== everyAgent;
  const remembered =
    request.approvedAlways && mayLearn
      ? rememberApproval(ports, policy.agent, learntBy(run, request, policy, decision), (now) => {
          const again = decide(run.question, now, run.options);
          return again.allow ? learntBy(run, request, now, again) : undefined;
        })
      : undefined;
  const planned = decision.because === "approved" && request.plan !== undefined;
  const admitted = planned
    ? admitPlanned(run, request, policy)
    : admit(run, request, decision, policy);
  const { programs } = admitted;
  const approved = decision.because === "approved" && {
    programs,
    witness: witnessOf(ports.files, run, request.argv, programs),
  };
  const recheck = (): Refusal | undefined =>
    recheckRun(ports, settings.gateway().denialCode, request, {
      run,
      question: run.question,
      policyOf: request.fallback ? unansweredPolicy : (kept) => kept,
      ...(approved && { approved }),
    });
  return { ...admitted, remembered, recheck };
}

/** The entries that "allow always" adds: a Gateway that shows plans means exactly this command. */
function learntBy(
  { question, options }: AssessedRun,
  { plan: shown }: RunRequest,
  policy: EffectivePolicy,
  { because, learn }: Extract<Decision, { allow: true }>,
): readonly Grant[] {
  if (!shown) return learn.map((pattern) => ({ pattern }));
  const exact =
    because === "approved"
      ? exactApproval(question.plan, question.find, policy, options)
      : undefined;
  return exact === undefined ? [] : [...exact, commandMarker(shown.commandText, options)];
}

/** Refusals that an allowlist lifts; an approval that was claimed counts once and is not tried again. */
const liftable: ReadonlySet<string> = new Set(["approval-required", "allowlist-miss"]);

/** What was bound is what runs: the programs that were shown, by their paths. */
function admitPlanned(
  { asked, cwd, env, question, options }: AssessedRun,
  request: RunRequest,
  policy: EffectivePolicy,
): AdmittedOnce {
  const approved = approvedRun(request.argv, question.plan, question.find, policy, options);
  return {
    ok: true,
    execution: approved?.execution,
    programs: approved?.programs ?? [],
    cwd: approved?.asSent === false ? cwd : asked,
    env,
    agent: policy.agent,
    used: [],
    remembered: undefined,
  };
}

/** Everything that a decision about a run needs to know. */
export interface AssessedRun {
  readonly ok: true;
  readonly question: RunQuestion;
  readonly options: JudgeOptions;
  readonly env: Readonly<Record<string, string>>;
  /** The path of a program, where nothing else about it matters. */
  readonly locate: (name: string) => string | undefined;
  /** Where it runs as it was sent. */
  readonly asked: string;
  /** The same, with a leading `cd` done. */
  readonly cwd: string;
}

export function assessRun(
  ports: AdmitPorts,
  settings: RunSettings,
  request: RunRequest,
  policy: EffectivePolicy,
  skills?: ReadonlySet<string>,
): AssessedRun | Refusal {
  const windows = settings.platform === "win32";
  const environment = buildEnvironment({
    inherited: settings.env,
    overrides: request.env,
    strict: policy.security.value !== "full",
    windows,
  });
  if (!environment.ok) return refuse(invalid(environment.message));
  const { env } = environment;
  const plan = planCommand(request.argv);
  const asked = directoryFor(request, settings);
  const changed = plan.ok ? plan.directory : undefined;
  const cwd = changed === undefined ? asked : directoryOf(changed, asked, settings.home);
  return {
    ok: true,
    env,
    asked,
    cwd,
    locate: (name) => locateProgram(ports.files, name, searchIn(env, cwd, windows)),
    question: {
      plan,
      find: (name) => findProgram(ports.files, name, searchIn(env, cwd, windows)),
      approved: request.approved,
      approvalsTrusted: settings.trustApprovals || settings.gateway().vouchesForApprovals,
    },
    options: {
      home: settings.home,
      // A volume of macOS may tell case apart or not: only the exact name is sure to be the file.
      ignoreCase: windows,
      realPath: (path) => ports.files.realPath(path),
      cwd: () => ports.files.realPath(cwd) ?? cwd,
      sha256,
      mayAssign,
      strictInlineEval: settings.strictInlineEval,
      findSkill: (name) =>
        skills?.has(name) === true
          ? findProgram(ports.files, name, searchIn(settings.env, settings.cwd, windows))
          : undefined,
    },
  };
}

/** Of a run that is allowed: what was analysed is what runs, else the words as they were sent. */
export function admit(
  { asked, cwd, env, options, locate }: AssessedRun,
  request: RunRequest,
  decision: Extract<Decision, { allow: true }>,
  { agent, allowlist }: EffectivePolicy,
): AdmittedOnce {
  const used = usedEntries(decision, allowlist, options);
  const common = { ok: true, env, agent, used, remembered: undefined } as const;
  const { commands } = decision;
  if (commands === undefined) {
    // As sent: a leading `cd` is the shell's own business.
    const execution = asSent(request.argv, locate);
    return { ...common, execution, programs: [], cwd: asked };
  }
  return { ...common, execution: executionOf(commands), programs: programsOf(commands), cwd };
}

export function noScreen(): Refusal {
  const message = "PERMISSION_MISSING: screenRecording";
  return refuse({ ok: false, code: "UNAVAILABLE", message }, "permission:screenRecording");
}

function asSent(argv: readonly string[], locate: AssessedRun["locate"]): Execution | undefined {
  const program = locate(argv[0] ?? "");
  return program === undefined ? undefined : { kind: "argv", program, argv };
}

/** Where a request wants to run, on this machine. A plan names a directory of this machine already. */
export function directoryFor(
  { cwd, plan }: Pick<RunRequest, "cwd" | "plan">,
  { cwd: own, execution }: RunSettings,
): string {
  if (cwd === undefined) return own;
  const { directories } = execution ?? plainExecution;
  return plan?.cwd === cwd ? cwd : mapDirectory(cwd, directories);
}

/** The directory that a leading `cd` names. */
export function directoryOf(
  { path, fromHome }: PlannedDirectory,
  cwd: string,
  home: string,
): string {
  return resolve(fromHome ? home : cwd, path);
}

export function searchIn(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  windows: boolean,
): ProgramSearch {
  return { cwd, path: env["PATH"] ?? env["Path"] ?? "", windows, pathExt: env["PATHEXT"] };
}

/** Lower-case hexadecimal SHA-256 of a text's UTF-8. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
