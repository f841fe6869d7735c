/**
 * What waits for an operator before a node can be used. There are two gates: the device that wants
 * to connect, and on later gateways the commands that it wants to serve. A person sees one list.
 */
import type { PendingDevice, PendingNode } from "../protocol/pairing.ts";

export interface PairingRequest {
  readonly gate: "device" | "commands";
  readonly requestId: string;
  /** The device's id: what a gateway calls the node. */
  readonly nodeId: string;
  readonly displayName?: string;
  readonly platform?: string;
  readonly remoteIp?: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly commands: readonly string[];
  /** The gateway knew this device before: it asks for more, or with another key. */
  readonly again: boolean;
  readonly requestedAtMs?: number;
}

/** Newest first. */
export function pairingRequests(
  devices: readonly PendingDevice[],
  nodes: readonly PendingNode[],
): PairingRequest[] {
  const all = [...devices.map(ofDevice), ...nodes.map(ofNode)];
  return all.toSorted((a, b) => (b.requestedAtMs ?? 0) - (a.requestedAtMs ?? 0));
}

function ofDevice(device: PendingDevice): PairingRequest {
  const roles = new Set([...(device.roles ?? []), ...(device.role ? [device.role] : [])]);
  return {
    ...common(device),
    gate: "device",
    nodeId: device.deviceId,
    roles: [...roles],
    scopes: device.scopes ?? [],
    commands: [],
    again: device.isRepair ?? false,
  };
}

function ofNode(node: PendingNode): PairingRequest {
  return {
    ...common(node),
    gate: "commands",
    nodeId: node.nodeId,
    roles: ["node"],
    scopes: [],
    commands: node.commands ?? [],
    again: false,
  };
}

function common(
  record: PendingDevice | PendingNode,
): Pick<PairingRequest, "requestId" | "displayName" | "platform" | "remoteIp" | "requestedAtMs"> {
  const { requestId, displayName, platform, remoteIp, ts } = record;
  return {
    requestId,
    ...(displayName === undefined ? {} : { displayName }),
    ...(platform === undefined ? {} : { platform }),
    ...(remoteIp === undefined ? {} : { remoteIp }),
    ...(ts === undefined ? {} : { requestedAtMs: ts }),
  };
}

/**
 * Anything but a plain node: approving it hands out power over the gateway. A role that is not
 * named counts as one that is more.
 */
export function asksForMoreThanNode({ roles, scopes }: PairingRequest): boolean {
  return (
    roles.length === 0 ||
    roles.some((role) => role !== "node") ||
    scopes.some((scope) => scope.startsWith("operator."))
  );
}
