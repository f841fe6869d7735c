// Our operator who answers everything that is asked; one at a time.
import { fileURLToPath } from "node:url";
import type { Child } from "./child.ts";
import type { GatewayAddress } from "./gateway-address.ts";
import type { Stage } from "./stage.ts";

const START_LIMIT_MS = 15_000;
const SCRIPT = import.meta.resolve("../scripts/approver.ts");

export type Decision = "allow-once" | "allow-always" | "deny";

/** Answers all that is asked while `act` goes on; what it saw is its output. */
export async function whileAnswering<T>(
  stage: Stage,
  gateway: GatewayAddress,
  decision: Decision,
  act: (approver: Child) => Promise<T>,
): Promise<T> {
  const approver = stage.start({
    role: `approver (${decision})`,
    argv: [process.execPath, fileURLToPath(SCRIPT), decision],
    home: await stage.home("approver"),
    env: { CLAWDBOT_GATEWAY_URL: gateway.url, CLAWDBOT_GATEWAY_TOKEN: gateway.token },
  });
  await approver.says(/^listening$/m, START_LIMIT_MS);
  try {
    return await act(approver);
  } finally {
    await approver.stop();
  }
}
