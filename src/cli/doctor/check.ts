/** The links of the chain, and what is found out about each. */
import { UserError, messageOf } from "../../lib/errors.ts";

/** In the order in which they are looked at. */
export const checkTitles = {
  settings: "Settings",
  dns: "DNS",
  tcp: "TCP",
  proxy: "Proxy",
  tls: "TLS",
  upgrade: "Upgrade",
  protocol: "Protocol",
  auth: "Auth",
  pairing: "Pairing",
  clock: "Clock",
  path: "PATH",
  policy: "Policy file",
  state: "State directory",
  service: "Service",
  linger: "Linger",
} as const;

export type CheckId = keyof typeof checkTitles;

export interface Finding {
  readonly status: "pass" | "warn" | "fail" | "skip";
  /** One line. */
  readonly fact: string;
  /** The command, or else the step, that mends it. */
  readonly fix?: string;
}

export interface Check extends Finding {
  readonly id: CheckId;
  readonly title: string;
}

export interface Step {
  readonly id: CheckId;
  /** Without these it means nothing. */
  readonly needs?: readonly CheckId[];
  look(): Finding | Promise<Finding>;
}

export const pass = (fact: string): Finding => ({ status: "pass", fact });
export const warn = (fact: string, fix?: string): Finding => finding("warn", fact, fix);
export const fail = (fact: string, fix?: string): Finding => finding("fail", fact, fix);
export const skip = (fact: string, fix?: string): Finding => finding("skip", fact, fix);

function finding(status: Finding["status"], fact: string, fix: string | undefined): Finding {
  return { status, fact, ...(fix === undefined ? {} : { fix }) };
}

/** What could not even be looked at. */
export function failureOf(thrown: unknown): Finding {
  return fail(messageOf(thrown), thrown instanceof UserError ? thrown.hint : undefined);
}

/** Takes the steps one after another; `clean` sees every text before anybody else does. */
export async function runSteps(
  steps: readonly Step[],
  clean: (finding: Finding) => Finding,
): Promise<Check[]> {
  const checks: Check[] = [];
  /** Those without which nothing can be said, and the one that is to blame. */
  const blocked = new Map<CheckId, CheckId>();
  for (const step of steps) {
    const { id } = step;
    const cause = step.needs?.map((need) => blocked.get(need)).find((found) => found !== undefined);
    const found =
      cause === undefined
        ? await attempt(step)
        : skip(`not looked at: ${checkTitles[cause]} has to work first`);
    if (cause !== undefined) blocked.set(id, cause);
    else if (found.status === "fail") blocked.set(id, id);
    checks.push({ id, title: checkTitles[id], ...clean(found) });
  }
  return checks;
}

async function attempt(step: Step): Promise<Finding> {
  try {
    return await step.look();
  } catch (error) {
    return failureOf(error);
  }
}
