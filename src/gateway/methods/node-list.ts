/** `node.list`, `node.describe`, `node.rename`. */
import * as z from "zod/mini";

import type { Clock } from "../../platform/ports.ts";
import { type NodeInfo, nodeDescribeParams, nodeRenameParams } from "../../protocol/node-list.ts";
import { maxLabelChars } from "../../protocol/limits.ts";
import { type Method, done, invalid, method } from "../answer.ts";
import type { DeviceBook } from "../device-book.ts";
import type { PairedRecord } from "../device-records.ts";
import type { ConnectedNode, NodeRegistry } from "../node-registry.ts";

interface Deps {
  readonly clock: Clock;
  readonly devices: DeviceBook;
  readonly nodes: NodeRegistry;
}

export function nodeListMethods({ clock, devices, nodes }: Deps) {
  const find = (nodeId: string): NodeInfo | undefined => {
    const known = devices.find(nodeId);
    const paired = known?.roles.includes("node") === true ? known : undefined;
    const live = nodes.get(nodeId);
    return paired === undefined && live === undefined ? undefined : describe(nodeId, paired, live);
  };
  const list = (): NodeInfo[] => {
    const known = devices.paired().filter(({ roles }) => roles.includes("node"));
    const ids = [
      ...known.map(({ deviceId }) => deviceId),
      ...nodes.all().map(({ nodeId }) => nodeId),
    ];
    return [...new Set(ids)].flatMap((id) => find(id) ?? []).toSorted(connectedFirst);
  };
  return {
    "node.list": method("node.list", z.object({}), () => done({ ts: clock.now(), nodes: list() })),

    "node.describe": method("node.describe", nodeDescribeParams, ({ nodeId }) => {
      const node = find(nodeId.trim());
      return node === undefined ? invalid("unknown nodeId") : done({ ts: clock.now(), ...node });
    }),

    "node.rename": method("node.rename", nodeRenameParams, ({ nodeId, displayName }) => {
      const device = devices.find(nodeId.trim());
      const name = displayName.trim().slice(0, maxLabelChars);
      if (name === "") return invalid("displayName required");
      if (device?.roles.includes("node") !== true) return invalid("unknown nodeId");
      devices.rename(device, name);
      return done({ nodeId: device.deviceId, displayName: name });
    }),
  } satisfies Record<string, Method>;
}

function describe(
  nodeId: string,
  paired: PairedRecord | undefined,
  live: ConnectedNode | undefined,
): NodeInfo {
  const params = live?.session.params;
  return {
    nodeId,
    displayName: paired?.givenName ?? params?.client.displayName ?? paired?.displayName,
    platform: params?.client.platform ?? paired?.platform,
    version: params?.client.version,
    deviceFamily: params?.client.deviceFamily,
    modelIdentifier: params?.client.modelIdentifier,
    remoteIp: live?.session.remoteIp ?? paired?.remoteIp,
    caps: [...new Set(params?.caps)].toSorted(),
    commands: [...(live?.commands ?? [])],
    pathEnv: params?.pathEnv,
    permissions: params?.permissions,
    connectedAtMs: live?.session.connectedAtMs,
    paired: paired !== undefined,
    connected: live !== undefined,
  };
}

function connectedFirst(left: NodeInfo, right: NodeInfo): number {
  if (left.connected !== right.connected) return left.connected === true ? -1 : 1;
  const names = [left, right].map((node) => (node.displayName ?? node.nodeId).toLowerCase());
  return (names[0] ?? "").localeCompare(names[1] ?? "") || left.nodeId.localeCompare(right.nodeId);
}
