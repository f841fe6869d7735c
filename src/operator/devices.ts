/** The devices that a gateway let in, and what takes that back. */
import * as z from "zod/mini";

import { RpcError } from "../client/rpc-error.ts";
import { UserError } from "../lib/errors.ts";
import {
  type PairedDevice,
  type PendingDevice,
  pairedDevice,
  pendingDevice,
} from "../protocol/pairing.ts";
import { ask, isUnknownMethod } from "./answer.ts";
import type { Operator } from "./operator-connection.ts";

const deviceLists = z.object({ pending: z.array(pendingDevice), paired: z.array(pairedDevice) });
const rotated = z.looseObject({ token: z.optional(z.string()) });

export interface DeviceLists {
  readonly pending: readonly PendingDevice[];
  readonly paired: readonly PairedDevice[];
}

export function listDevices(operator: Operator): Promise<DeviceLists> {
  const request = { method: "device.pair.list", params: {} };
  return ask(operator, "list the devices", request, deviceLists);
}

/** Forgets a device: it has to be approved again. Gateways of January 2026 cannot do that. */
export async function removeDevice(operator: Operator, deviceId: string): Promise<void> {
  const request = { method: "device.pair.remove", params: { deviceId } };
  try {
    await ask(operator, "remove the device", request, z.unknown());
  } catch (error) {
    if (!(error instanceof UserError) || !isUnknownMethod(error.cause)) throw error;
    throw new UserError("Cannot remove the device: this gateway never forgets one", {
      hint: "What it can do is to end its token: clawdbot devices revoke DEVICE",
      cause: error,
    });
  }
}

export type NodeRemoval = "removed" | "token-revoked";

/**
 * Forgets a node with its approvals. Where a gateway cannot, its token is revoked, which keeps out
 * only a node that does not know the gateway's own secret.
 */
export async function removeNode(operator: Operator, nodeId: string): Promise<NodeRemoval> {
  const steps = [
    { method: "node.pair.remove", params: { nodeId }, done: "removed" },
    { method: "device.pair.remove", params: { deviceId: nodeId }, done: "removed" },
    {
      method: "device.token.revoke",
      params: { deviceId: nodeId, role: "node" },
      done: "token-revoked",
    },
  ] as const;
  let unable: unknown;
  for (const { done, ...request } of steps) {
    try {
      await ask(operator, "remove the node", request, z.unknown());
      return done;
    } catch (error) {
      if (!(error instanceof UserError) || !isUnknown(error.cause)) throw error;
      unable = error;
    }
  }
  throw unable;
}

/** The gateway has no such method, or keeps this node in another of its stores. */
function isUnknown(error: unknown): boolean {
  return (
    isUnknownMethod(error) || (error instanceof RpcError && error.message === "unknown nodeId")
  );
}

export async function renameNode(
  operator: Operator,
  nodeId: string,
  displayName: string,
): Promise<void> {
  const request = { method: "node.rename", params: { nodeId, displayName } };
  try {
    await ask(operator, "rename the node", request, z.unknown());
  } catch (error) {
    if (!(error instanceof UserError) || !isUnknown(error.cause)) throw error;
    throw new UserError(
      "Cannot rename the node: this gateway keeps the name that the node gives itself",
      { hint: "On the node: clawdbot node run --display-name NAME", cause: error },
    );
  }
}

interface DeviceRole {
  readonly deviceId: string;
  readonly role: string;
}

/** The new token; undefined where the gateway keeps it to itself. */
export async function rotateToken(operator: Operator, of: DeviceRole): Promise<string | undefined> {
  const request = { method: "device.token.rotate", params: of };
  const { token } = await ask(operator, "rotate the token", request, rotated);
  return token;
}

const setupCode = z.object({ setupCode: z.string(), expiresAtMs: z.optional(z.number()) });

/** A code that lets one machine in as a node, with its commands. OpenClaw since March 2026. */
export async function makeSetupCode(
  operator: Operator,
  publicUrl: string | undefined,
): Promise<z.infer<typeof setupCode>> {
  const params = {
    bootstrapProfile: "node",
    ...(publicUrl === undefined ? {} : { publicUrl }),
  };
  try {
    const request = { method: "device.pair.setupCode", params };
    return await ask(operator, "make a setup code", request, setupCode);
  } catch (error) {
    if (!(error instanceof UserError) || !isUnknownMethod(error.cause)) throw error;
    throw new UserError("Cannot make a setup code: this gateway knows none", {
      hint: "Start the node with the gateway's token instead, then: clawdbot nodes approve REQUEST",
      cause: error,
    });
  }
}

export async function revokeToken(operator: Operator, of: DeviceRole): Promise<void> {
  const request = { method: "device.token.revoke", params: of };
  await ask(operator, "revoke the token", request, z.unknown());
}
