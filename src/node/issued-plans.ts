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
  readonly bound: Pick<BoundRun, "programs" | "operand">;
}

/** Approvals expire at the gateway; beyond this many commands the oldest are forgotten. */
const mostCommands = 512;
/** Files that change so often are nothing to approve. */
const mostOfCommand = 8;

export class IssuedPlans {
  /** Without equal ones; undefined: there were too many, so that none of them counts. */
  readonly #plans = new Map<string, readonly IssuedPlan[] | undefined>();
  /** A policy may be long, and is the same for most plans. */
  #snapshot: PolicySnapshot | undefined;

  add(key: PlanKey, plan: IssuedPlan): void {
    const name = nameOf(key);
    const known = this.#plans.has(name) ? this.#plans.get(name) : [];
    // Written anew: the oldest stand first.
    this.#plans.delete(name);
    this.#plans.set(name, known && this.#with(known, plan));
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= mostCommands) return;
      this.#plans.delete(oldest);
    }
  }

  #with(known: readonly IssuedPlan[], { snapshot, bound }: IssuedPlan) {
    if (!Bun.deepEquals(this.#snapshot, snapshot)) this.#snapshot = snapshot;
    const { programs, operand } = bound;
    const plan = { snapshot: this.#snapshot ?? snapshot, bound: { programs, operand } };
    if (known.some((other) => Bun.deepEquals(other, plan))) return known;
    return known.length < mostOfCommand ? [...known, plan] : undefined;
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
  // Words may be long.
  const text = JSON.stringify([argv, cwd ?? null, agentId ?? null, sessionKey ?? null]);
  return Bun.SHA256.hash(text, "base64");
}
