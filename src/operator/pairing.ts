/** Lists, approves and rejects what gates a node, whichever store of the gateway holds it. */
import * as z from "zod/mini";

import { pendingDevice, pendingNode } from "../protocol/pairing.ts";
import { ask, isUnknownMethod } from "./answer.ts";
import type { Operator } from "./operator-connection.ts";
import { type PairingRequest, pairingRequests } from "./pairing-request.ts";

/** The paired ones in the same answers are not read: nothing in them can then spoil the list. */
const pendingDevices = z.object({ pending: z.array(pendingDevice) });
const pendingNodes = z.object({ pending: z.array(pendingNode) });

const listing = "list what waits for approval";

export async function listPairingRequests(operator: Operator): Promise<PairingRequest[]> {
  const devices = { method: "device.pair.list", params: {} };
  const { pending } = await ask(operator, listing, devices, pendingDevices);
  return pairingRequests(pending, await secondGate(operator));
}

/** Gateways without the second gate may not know the request at all. */
async function secondGate(operator: Operator): Promise<z.infer<typeof pendingNode>[]> {
  const method = "node.pair.list";
  try {
    const answer = await ask(operator, listing, { method, params: {} }, pendingNodes);
    return answer.pending;
  } catch (error) {
    if (error instanceof Error && isUnknownMethod(error.cause)) return [];
    throw error;
  }
}

export type Decision = "approve" | "reject";

/** Acts on the gate that the request waits at. */
export async function decide(
  operator: Operator,
  request: PairingRequest,
  decision: Decision,
): Promise<void> {
  const layer = request.gate === "device" ? "device.pair" : "node.pair";
  const { requestId } = request;
  const action = `${decision} "${requestId}"`;
  await ask(
    operator,
    action,
    { method: `${layer}.${decision}`, params: { requestId } },
    z.unknown(),
  );
}
