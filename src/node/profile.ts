/** What a node host says of itself when it connects. */
import type { ClientProfile } from "../client/connect-request.ts";

/** Frozen: every new name costs users of later gateways another approval. */
const commands = [
  "system.run",
  "system.run.prepare",
  "system.which",
  "system.execApprovals.get",
  "system.execApprovals.set",
] as const;

/**
 * How gateways call the systems of desktops. Those between March and August 2026 let no command
 * pass of a node whose family does not fit its platform exactly.
 */
const desktops: ReadonlyMap<string, { platform: string; deviceFamily: string }> = new Map([
  ["linux", { platform: "linux", deviceFamily: "Linux" }],
  ["darwin", { platform: "macos", deviceFamily: "Mac" }],
  ["win32", { platform: "windows", deviceFamily: "Windows" }],
]);

/** A connect frame has to stay below 64 KiB; a longer PATH is cut at an entry. */
const longestPath = 16_384;

export interface NodeProfile {
  readonly nodeId: string;
  readonly displayName: string;
  readonly version: string;
  /** As Node calls it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly path: string;
}

export function nodeProfile(node: NodeProfile): ClientProfile {
  return {
    client: {
      id: "node-host",
      displayName: node.displayName,
      version: node.version,
      ...(desktops.get(node.platform) ?? { platform: node.platform }),
      mode: "node",
      instanceId: node.nodeId,
    },
    role: "node",
    scopes: [],
    caps: ["system"],
    commands: [...commands],
    pathEnv: shortened(node.path, node.platform === "win32" ? ";" : ":"),
  };
}

function shortened(path: string, separator: string): string {
  if (path.length <= longestPath) return path;
  return path.slice(0, Math.max(0, path.lastIndexOf(separator, longestPath)));
}
