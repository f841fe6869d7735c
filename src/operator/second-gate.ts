/** The approval of a node's commands, which follows that of its device on later gateways. */
import type { Clock } from "../platform/ports.ts";
import { commandApproval, generationOf } from "../protocol/generation.ts";
import type { Operator } from "./operator-connection.ts";
import { decide, listPairingRequests } from "./pairing.ts";
import { type PairingRequest, asksForMoreThanNode } from "./pairing-request.ts";

export function asksTwice({ hello }: Operator): boolean {
  return generationOf(hello).operatorTool === "openclaw" || commandApproval(hello) !== "none";
}

/** A node that waits for its approval tries again within this time. */
const pollMs = 500;

/**
 * Waits for the request that a node makes for its commands once its device is approved, and
 * approves it. Undefined when none comes in time, or none will come.
 */
export async function approveCommands(
  operator: Operator,
  device: PairingRequest,
  { clock, waitMs }: { readonly clock: Clock; readonly waitMs: number },
): Promise<PairingRequest | undefined> {
  if (device.gate !== "device" || asksForMoreThanNode(device) || !asksTwice(operator)) {
    return undefined;
  }
  const end = clock.monotonic() + waitMs;
  for (;;) {
    const requests = await listPairingRequests(operator);
    const found = requests.find(
      ({ gate, nodeId }) => gate === "commands" && nodeId === device.nodeId,
    );
    if (found !== undefined) {
      await decide(operator, found, "approve");
      return found;
    }
    const leftMs = end - clock.monotonic();
    if (leftMs <= 0) return undefined;
    await new Promise<void>((resolve) => clock.after(Math.min(pollMs, leftMs), resolve));
  }
}
