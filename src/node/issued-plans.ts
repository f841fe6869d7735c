/** The plans that this host has handed out, so that an approval counts only for what was shown. */
import type { PolicySnapshot } from "../protocol/run-plan.ts";
import type { BoundRun } from "./bind-run.ts";

/** What a plan stands for, whoever carries it back. */
export interface PlanKey {
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  readonly agentId: string | undefined;
  readonly sessionKey: string | undefined;
}

export interface IssuedPlan {
  readonly snapshot: PolicySnapshot;
  /** What would run, as it was. */
  readonly bound: BoundRun;
}

/** Approvals expire at the gateway; beyond this many plans the oldest are forgotten. */
const most = 512;

export class IssuedPlans {
  readonly #plans = new Map<string, IssuedPlan[]>();

  add(key: PlanKey, plan: IssuedPlan): void {
    const name = nameOf(key);
    const known = this.#plans.get(name) ?? [];
    // Written anew: the oldest stand first.
    this.#plans.delete(name);
    this.#plans.set(name, [...known, plan].slice(-most));
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= most) return;
      this.#plans.delete(oldest);
    }
  }

  /**
   * Hands over every plan that was issued for a command since the last time, and forgets them: an
   * approval counts once. Which of them was approved is not known, so all of them have to hold.
   */
  take(key: PlanKey): readonly IssuedPlan[] {
    const name = nameOf(key);
    const plans = this.#plans.get(name) ?? [];
    this.#plans.delete(name);
    return plans;
  }
}

function nameOf({ argv, cwd, agentId, sessionKey }: PlanKey): string {
  return JSON.stringify([argv, cwd ?? null, agentId ?? null, sessionKey ?? null]);
}
