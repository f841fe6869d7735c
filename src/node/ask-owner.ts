/** Asks the owner of this machine where the policy wants a person to decide. */
import { formatDuration } from "../lib/duration.ts";
import { messageOf } from "../lib/errors.ts";
import { visibleText, printable } from "../lib/display-text.ts";
import type { ApprovalDecision } from "../protocol/control.ts";
import {
  type AllowedAdmission,
  type ShownRun,
  admitAllowed,
  admitUnanswered,
  required,
  shownRun,
} from "./admit-answered.ts";
import { type Admission, type AdmitPorts, type RunSettings, admitRun } from "./admit-run.ts";
import type { Refusal } from "./refusal.ts";
import type { Invocation } from "./invoke.ts";
import type { Answer, Consequence, PendingApprovals, PendingDetails } from "./pending-approvals.ts";
import { rememberApproval } from "./remember-approval.ts";
import type { RunRequest } from "./run-request.ts";
import type { SkillBins } from "./skill-bins.ts";

export interface Asking {
  readonly approvals: PendingApprovals;
  /** Milliseconds that a question waits at most. */
  readonly timeoutMs: number;
  /** A command line to paste. */
  approveCommand(id: string): string;
}

export interface AskPorts extends AdmitPorts {
  /** Undefined: nobody can be asked. */
  readonly asking?: Asking | undefined;
  readonly skillBins: SkillBins;
  /** Aborted when nobody would hear the result any more. */
  listening(): AbortSignal;
}

/** What a gateway waits that does not say. */
const gatewayWaitMs = 30_000;
/** An answer still has to get through, and the command to begin. */
const reserveMs = 2000;
/** Nobody answers faster. */
const shortestWaitMs = 1000;
/** Characters of a question; a person cannot judge what is longer, and all of it has to be shown. */
const longestQuestion = 65_536;

/** Decides about a run, with the owner's help where there is somebody to ask. */
export async function admitOrAsk(
  ports: AskPorts,
  settings: RunSettings,
  request: RunRequest,
  invocation: Pick<Invocation, "timeoutMs" | "cancelled">,
): Promise<Admission> {
  const first = admitRun(ports, settings, request);
  const admitted =
    !first.ok && first.wantsSkills === true
      ? admitRun(ports, settings, request, await ports.skillBins())
      : first;
  if (admitted.ok || admitted.mayAsk !== true) return admitted;
  const { asking } = ports;
  if (asking === undefined) {
    return withLine(admitted, "To be asked on the node: clawdbot node run --ask-local");
  }
  const shown = shownRun(ports, settings, request);
  if (shown === undefined) return admitted;
  const details = detailsOf(shown, request);
  if (JSON.stringify(details).length > longestQuestion) {
    return withLine(admitted, "It is too long for a person to be asked about.");
  }
  const gatewayMs = invocation.timeoutMs ?? gatewayWaitMs;
  const waitMs = Math.min(asking.timeoutMs, gatewayMs - reserveMs);
  if (gatewayMs - reserveMs < shortestWaitMs) {
    const wait = formatDuration(gatewayMs);
    return withLine(admitted, `Nobody was asked: the gateway waits only ${wait} for the result.`);
  }
  const listening = AbortSignal.any([ports.listening(), invocation.cancelled]);
  const asked = { settings, request, shown, details, waitMs, listening, refusal: admitted };
  return ask(ports, asking, asked);
}

interface Asked {
  readonly settings: RunSettings;
  readonly request: RunRequest;
  readonly shown: ShownRun;
  readonly details: PendingDetails;
  readonly waitMs: number;
  /** Aborted when nobody would hear the result. */
  readonly listening: AbortSignal;
  readonly refusal: Refusal;
}

function ask(ports: AskPorts, asking: Asking, asked: Asked): Promise<Admission> {
  const { promise, resolve, reject } = Promise.withResolvers<Admission>();
  const { details, waitMs, listening } = asked;
  const pending = asking.approvals.add({
    details,
    waitMs,
    listening,
    settle(answer) {
      try {
        const { admission, consequence } = settle(ports, asked, answer);
        resolve(admission);
        return Promise.resolve(consequence);
      } catch (error) {
        reject(error);
        return Promise.resolve({ runs: false, learnt: [], problem: messageOf(error) });
      }
    },
  });
  if (pending === undefined) {
    resolve(withLine(asked.refusal, "Nobody was asked: too many requests wait on this node."));
  } else {
    const { id } = pending;
    // What comes from outside stands last: it could name the id of another request.
    ports.log.warn(
      `waits ${formatDuration(waitMs)} for approval (${asking.approveCommand(id)}): ${shortened(details.command)}`,
    );
  }
  return promise;
}

interface Settled {
  readonly admission: Admission;
  readonly consequence: Consequence | Promise<Consequence>;
}

function settle(ports: AskPorts, asked: Asked, answer: Answer): Settled {
  const { settings, request, shown, waitMs } = asked;
  switch (answer.kind) {
    case "withdrawn":
      return refused(
        required(settings, "withdrawn", [
          "SYSTEM_RUN_DENIED: the connection was lost, or the node stops, before anybody answered",
        ]),
      );
    case "unanswered": {
      const admission = admitUnanswered(ports, settings, request, waitMs);
      return admission.ok
        ? { admission, consequence: { runs: true, learnt: [] } }
        : refused(admission);
    }
    case "decided":
      if (answer.decision === "deny") {
        const message = "SYSTEM_RUN_DENIED: denied by the owner of this node";
        return refused(required(settings, "owner-denied", [message]));
      }
      return allowed(ports, answer.decision, admitAllowed(ports, settings, request, shown));
  }
}

function refused(admission: Refusal): Settled {
  const { outcome } = admission;
  const problem = outcome.ok ? {} : { problem: outcome.message };
  return { admission, consequence: { runs: false, learnt: [], ...problem } };
}

function allowed(
  ports: AskPorts,
  decision: ApprovalDecision,
  admission: AllowedAdmission,
): Settled {
  if (!admission.ok) return refused(admission);
  const { agent, lasting } = admission;
  ports.log.info("allowed by the owner", { decision, agent });
  if (decision !== "allow-always") return { admission, consequence: { runs: true, learnt: [] } };
  if (!lasting.ok) {
    return { admission, consequence: { runs: true, learnt: [], problem: lasting.problem } };
  }
  const grants = lasting.patterns.map((pattern) => ({ pattern }));
  const remembered = rememberApproval(ports, agent, grants);
  const consequence = remembered.then(({ recorded, problem }): Consequence =>
    problem === undefined
      ? { runs: true, learnt: [...lasting.patterns] }
      : { runs: true, learnt: [...recorded], problem },
  );
  return { admission: { ...admission, remembered }, consequence };
}

/** For a log; the list of what waits shows all of it. */
function shortened(command: string): string {
  return printable(visibleText(command));
}

function detailsOf(
  { programs, witness: _witness, ...shown }: ShownRun,
  request: RunRequest,
): PendingDetails {
  return {
    ...shown,
    why: [...shown.why],
    sessionKey: request.sessionKey,
    programs: programs.map(({ path, realPath }) => ({ path, realPath })),
    env: Object.entries(request.env).map(([name, value]) => ({ name, value })),
  };
}

function withLine(refusal: Refusal, line: string): Refusal {
  const { outcome } = refusal;
  if (outcome.ok) return refusal;
  return { ...refusal, outcome: { ...outcome, message: `${outcome.message}\n${line}` } };
}
