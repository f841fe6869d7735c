/** The findings for people, who paste them into issues, and for programs. */
import { columns } from "../columns.ts";
import type { Check, Finding } from "./check.ts";

const words = { pass: "pass", warn: "WARN", fail: "FAIL", skip: "skip" } as const;

const statuses = ["pass", "warn", "fail", "skip"] as const satisfies readonly Finding["status"][];

type Counts = Readonly<Record<Finding["status"], number>>;

function countsOf(checks: readonly Check[]): Counts {
  const count = (wanted: Finding["status"]): number =>
    checks.filter(({ status }) => status === wanted).length;
  return { pass: count("pass"), warn: count("warn"), fail: count("fail"), skip: count("skip") };
}

/** `program`: its name, version and platform. */
export function reportText(program: string, checks: readonly Check[]): string {
  const rows = checks.flatMap(({ status, title, fact, fix }) => [
    [words[status], title, fact],
    ...(fix === undefined ? [] : [["", "", `-> ${fix}`]]),
  ]);
  const counts = countsOf(checks);
  const summary = statuses.map((status) => `${counts[status]} ${status}`).join(", ");
  return `${[program, "", ...columns(rows), "", summary].join("\n")}\n`;
}

export function reportJson(
  program: Readonly<Record<string, string>>,
  checks: readonly Check[],
): Readonly<Record<string, unknown>> {
  const counts = countsOf(checks);
  return { ok: counts.fail === 0, ...program, counts, checks };
}
