import { systemWhichAnswer } from "../protocol/system-run.ts";
import { readAnswer } from "./answer.ts";
import { type Invocation, invokeNode } from "./invoke-node.ts";
import type { Operator } from "./operator-connection.ts";

export interface WhichQuestion extends Pick<Invocation, "node" | "timeoutMs" | "idempotencyKey"> {
  readonly names: readonly string[];
}

export interface WhichAnswer {
  /** Path by name, in the order of the question. */
  readonly bins: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
}

/** Asks a node where programs are; what it says beyond the question is left out. */
export async function whichOnNode(
  operator: Operator,
  question: WhichQuestion,
): Promise<WhichAnswer> {
  const { names, ...invocation } = question;
  const wanted = [...new Set(names.map((name) => name.trim()).filter((name) => name !== ""))];
  const command = "system.which";
  const payload = await invokeNode(operator, { ...invocation, command, params: { bins: wanted } });
  const { bins } = readAnswer(command, systemWhichAnswer, payload);
  const found = new Map(Object.entries(bins));
  return {
    bins: Object.fromEntries(
      wanted.flatMap((name) => {
        const path = found.get(name);
        return path === undefined ? [] : [[name, path]];
      }),
    ),
    missing: wanted.filter((name) => !found.has(name)),
  };
}
