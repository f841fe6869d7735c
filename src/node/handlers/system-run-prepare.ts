/** `system.run.prepare`: what would run, and under which policy, for an operator to decide about. */
import type { EffectivePolicy } from "../../approvals/effective.ts";
import { exactApproval } from "../../approvals/exact-approval.ts";
import { askModes, securityLevels } from "../../approvals/policy.ts";
import { snapshotOf } from "../../approvals/policy-snapshot.ts";
import { wordsText, wrappedText } from "../../approvals/shell-wrapper.ts";
import { describeIssue } from "../../protocol/frame.ts";
import type { InvokeOutcome } from "../../protocol/node-invoke.ts";
import { type PrepareParams, type PreparedRun, prepareParams } from "../../protocol/run-plan.ts";
import {
  type AdmitPorts,
  type AssessedRun,
  type RunSettings,
  assessRun,
  directoryFor,
} from "../admit-run.ts";
import { type BoundRun, bindRun } from "../bind-run.ts";
import { currentPolicy } from "../current-policy.ts";
import { type InvokeHandler, invalid, invalidParams } from "../invoke.ts";
import { type RunRequest, parseRunRequest } from "../run-request.ts";

export function systemRunPrepare(ports: AdmitPorts, settings: RunSettings): InvokeHandler {
  return ({ params }) => {
    const parsed = parseRunRequest(params);
    if (!parsed.ok) return parsed.outcome;
    const read = prepareParams.safeParse(params);
    if (!read.success) return invalidParams(describeIssue(read.error));
    return prepare(ports, settings, parsed.request, read.data);
  };
}

function prepare(
  ports: AdmitPorts,
  settings: RunSettings,
  request: RunRequest,
  params: PrepareParams,
): InvokeOutcome {
  const wanted = directoryFor(request, settings);
  const cwd = ports.files.realPath(wanted);
  if (cwd === undefined || ports.files.stat(cwd, false)?.kind !== "directory") {
    return invalid(
      "SYSTEM_RUN_DENIED: working directory does not exist or is inaccessible\n" +
        `"${wanted}" is no directory on this node.`,
    );
  }
  const current = currentPolicy(ports.approvals, request.agentId);
  if (!current.ok) return current.outcome;
  const { policy } = current;
  // It is mapped: what is shown and bound is where it will run.
  const run = assessRun(ports, { ...settings, cwd }, { ...request, cwd: undefined }, policy);
  if (!run.ok) return run.outcome;
  const open = isOpen(params, policy);
  const binding = open
    ? { ok: true as const, bound: { argv: request.argv, programs: [], operand: undefined } }
    : bindRun(ports.files, run, request.argv);
  if (!binding.ok) {
    return invalid(
      `SYSTEM_RUN_DENIED: approval ${binding.problem}\n` +
        "Nobody was asked, and nobody refused. Send simple commands with literal words, or one script by its path.",
    );
  }
  const { bound } = binding;
  const { agentId, sessionKey } = request;
  const snapshot = snapshotOf(policy);
  // What runs without a question needs no plan to be approved by.
  if (!open) ports.plans.add({ argv: bound.argv, cwd, agentId, sessionKey }, { snapshot, bound });
  return { ok: true, payload: payloadOf(run, params, policy, bound, cwd) };
}

function payloadOf(
  run: AssessedRun,
  params: PrepareParams,
  policy: EffectivePolicy,
  { argv, operand }: BoundRun,
  cwd: string,
): PreparedRun {
  const commandText = wordsText(argv);
  const preview = wrappedText(argv)?.text.trim() ?? "";
  const { plan, find } = run.question;
  const exact = exactApproval(plan, find, policy, run.options);
  return {
    plan: {
      argv,
      cwd,
      commandText,
      commandPreview: preview === "" || preview === commandText ? null : preview,
      agentId: params.agentId?.trim() || null,
      sessionKey: params.sessionKey?.trim() || null,
      ...(operand === undefined ? {} : { mutableFileOperand: operand }),
      policySnapshot: snapshotOf(policy),
    },
    execPolicy: { security: policy.security.value, ask: policy.ask.value },
    allowAlwaysCoverage:
      exact === undefined
        ? { complete: false, patterns: [] }
        : {
            complete: true,
            patterns: exact.map(({ pattern, argPattern }) => ({ pattern, argPattern })),
          },
  };
}

/** Neither side would ask about anything. */
function isOpen(
  { security, ask, strictInlineEval }: PrepareParams,
  policy: EffectivePolicy,
): boolean {
  const caller = securityLevels.find((level) => level === security);
  const callerAsks = askModes.find((mode) => mode === ask);
  return (
    caller === "full" &&
    policy.security.value === "full" &&
    callerAsks === "off" &&
    policy.ask.value === "off" &&
    strictInlineEval !== true
  );
}
