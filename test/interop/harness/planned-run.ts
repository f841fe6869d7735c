// A run that an operator of OpenClaw approves, step by step, as the agent's own tool does it:
// prepare on the node, ask, answer, run.
import { z } from "zod";
import { RunResult, type RpcAnswer } from "./answers.ts";
import type { Decision } from "./approver.ts";
import type { OurOperator } from "./our-operator.ts";

const Plan = z.looseObject({
  argv: z.array(z.string()),
  cwd: z.string().nullable(),
  commandText: z.string(),
  agentId: z.string().nullable(),
  sessionKey: z.string().nullable(),
});
export type Plan = z.infer<typeof Plan>;

const Prepared = z.object({
  plan: Plan,
  allowAlwaysCoverage: z.object({ complete: z.boolean(), patterns: z.array(z.unknown()) }),
});
export type Prepared = z.infer<typeof Prepared>;

const InvokeAnswer = z.object({ payload: z.unknown() });
const Decided = z.object({ decision: z.string().nullable() });

export interface Approval {
  readonly plan: Plan;
  readonly id: string;
  readonly decision: Decision;
}

/** Who asks for runs of one node. */
export class PlannedRuns {
  readonly #operator: OurOperator;
  readonly #nodeId: string;

  constructor(operator: OurOperator, nodeId: string) {
    this.#operator = operator;
    this.#nodeId = nodeId;
  }

  async prepare(params: Record<string, unknown>): Promise<Prepared> {
    const session = { agentId: "main", sessionKey: "agent:main:person" };
    const answer = await this.invoke("system.run.prepare", { ...session, ...params });
    if (!answer.ok) throw new Error(answer.message);
    return Prepared.parse(InvokeAnswer.parse(answer.payload).payload);
  }

  /** Asks the Gateway, and answers in its operator's name. */
  async decide(plan: Plan, decision: Decision): Promise<Approval> {
    const id = crypto.randomUUID();
    const { commandText: command, cwd, agentId, sessionKey } = plan;
    await this.#asked("exec.approval.request", {
      id,
      host: "node",
      nodeId: this.#nodeId,
      systemRunPlan: plan,
      command,
      cwd,
      agentId,
      sessionKey,
      twoPhase: true,
      requireDeliveryRoute: false,
      suppressDelivery: true,
    });
    await this.#asked("exec.approval.resolve", { id, decision });
    const decided = Decided.parse(await this.#asked("exec.approval.waitDecision", { id }));
    if (decided.decision !== decision) throw new Error(`decided: ${decided.decision}`);
    return { plan, id, decision };
  }

  /** `changes` are made to what was approved. */
  async run(
    { plan, id, decision }: Approval,
    changes: Record<string, unknown> = {},
  ): Promise<RpcAnswer> {
    const { argv, commandText, cwd, agentId, sessionKey } = plan;
    return this.invoke("system.run", {
      command: argv,
      rawCommand: commandText,
      systemRunPlan: plan,
      cwd,
      agentId,
      sessionKey,
      runId: id,
      approved: true,
      approvalDecision: decision,
      // No agent has to wake up for it.
      suppressNotifyOnExit: true,
      ...changes,
    });
  }

  /** What the command did, of a run that was not refused. */
  async result(approval: Approval, changes: Record<string, unknown> = {}): Promise<RunResult> {
    const answer = await this.run(approval, changes);
    if (!answer.ok) throw new Error(answer.message);
    return RunResult.parse(InvokeAnswer.parse(answer.payload).payload);
  }

  async invoke(command: string, params: unknown, more = {}): Promise<RpcAnswer> {
    const idempotencyKey = crypto.randomUUID();
    const nodeId = this.#nodeId;
    return this.#operator.rpc("node.invoke", { nodeId, command, params, idempotencyKey, ...more });
  }

  async #asked(method: string, params: unknown): Promise<unknown> {
    const answer = await this.#operator.rpc(method, params);
    if (!answer.ok) throw new Error(`${method}: ${answer.message}`);
    return answer.payload;
  }
}
