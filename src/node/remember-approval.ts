/** What an operator allowed for good goes into the approvals file. */
import { isMarker } from "../approvals/allow-entries.ts";
import { type AllowlistChange, addPattern } from "../approvals/edit.ts";
import { type EffectivePolicy, effectivePolicy } from "../approvals/effective.ts";
import type { Grant } from "../approvals/exact-approval.ts";
import { messageOf } from "../lib/errors.ts";
import type { Clock, Log, Random } from "../platform/ports.ts";
import type { CurrentApprovals, EditApprovals } from "./edit-approvals.ts";

export interface RememberPorts {
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "uuid">;
  readonly log: Log;
  readonly editApprovals: EditApprovals;
}

export interface Remembered {
  /** Patterns that were added; those that were there already are not among them. */
  readonly recorded: readonly string[];
  /** Why nothing was added although something was to be. */
  readonly problem?: string;
}

/**
 * Gives what the policy at hand still lets an operator allow for good; undefined: it does not let
 * the run be approved at all any more.
 */
export type LearnAgain = (policy: EffectivePolicy) => readonly Grant[] | undefined;

/**
 * Adds what an operator allowed for good. What the owner or another operator took away since the
 * decision stays away: the policy that is there now is asked once more by `learnAgain`. A failure
 * to write costs only the remembering.
 */
export async function rememberApproval(
  ports: RememberPorts,
  agent: string,
  grants: readonly Grant[],
  learnAgain: LearnAgain = ({ security }) => (security.value === "deny" ? undefined : grants),
): Promise<Remembered> {
  if (grants.length === 0) return { recorded: [] };
  const programs = programsOf(grants).join(" ");
  try {
    const { change } = await ports.editApprovals((current) =>
      additions(ports, current, agent, grants, learnAgain),
    );
    const { recorded, problem } = change;
    if (problem !== undefined) {
      ports.log.warn(`an approval was not remembered: ${problem}`, { agent, programs });
      return { recorded, problem };
    }
    if (recorded.length > 0) {
      ports.log.info("allowed for good by an operator", { agent, programs: recorded.join(" ") });
    }
    return { recorded };
  } catch (error) {
    const problem = messageOf(error);
    ports.log.warn(`an approval could not be remembered: ${problem}`, { agent, programs });
    return { recorded: [], problem };
  }
}

function additions(
  { random, clock }: RememberPorts,
  current: CurrentApprovals,
  agent: string,
  grants: readonly Grant[],
  learnAgain: LearnAgain,
): AllowlistChange & Remembered {
  const learnable = learnAgain(effectivePolicy(current.policy, agent));
  if (learnable === undefined) {
    const problem = "the policy was changed meanwhile and does not let it be approved any more";
    return { file: current.file, changed: false, recorded: [], problem };
  }
  let { file } = current;
  const added: Grant[] = [];
  for (const grant of grants.filter((wanted) => learnable.some((one) => isSame(one, wanted)))) {
    const { pattern, ...scope } = grant;
    const entry = { id: random.uuid(), ...scope, addedAtMs: clock.now() };
    const change = addPattern(file, agent, pattern, entry);
    file = change.file;
    if (change.changed) added.push(grant);
  }
  return { file, changed: added.length > 0, recorded: programsOf(added) };
}

function isSame(left: Grant, right: Grant): boolean {
  return (
    left.pattern === right.pattern &&
    left.argPattern === right.argPattern &&
    left.source === right.source
  );
}

function programsOf(grants: readonly Grant[]): readonly string[] {
  return grants.map(({ pattern }) => pattern).filter((pattern) => !isMarker(pattern));
}
