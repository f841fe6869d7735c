/** `node.json`: node id, device token, display name and gateway. */
import * as z from "zod/mini";

import type { Files, Random } from "../platform/ports.ts";
import { ensureDirectory, readJsonFile, writeJsonFile } from "./json-file.ts";
import type { StatePaths } from "./paths.ts";
import { contentError } from "./state-error.ts";

const gatewaySettings = z.looseObject({
  host: z.string().check(z.minLength(1)),
  port: z.int().check(z.gte(1), z.lte(65_535)),
  tls: z.optional(z.boolean()),
  tlsFingerprint: z.optional(z.string()),
  /** Ours: path of the WebSocket behind a reverse proxy. */
  path: z.optional(z.string()),
  /** Ours: trust anchors in PEM. */
  tlsCaFile: z.optional(z.string()),
});

/** Unknown keys survive: the reference and later versions may have their own. */
const nodeConfig = z.looseObject({
  version: z.literal(1),
  nodeId: z.optional(z.string()),
  token: z.optional(z.string()),
  /** Ours: `host:port` of the gateway that issued `token`; it is sent to no other. */
  tokenGateway: z.optional(z.string()),
  displayName: z.optional(z.string()),
  gateway: z.optional(gatewaySettings),
});

export type GatewaySettings = z.infer<typeof gatewaySettings>;
export type NodeConfig = z.infer<typeof nodeConfig> & { readonly nodeId: string };

/**
 * Reads `node.json`. A missing file or a missing id gives a new node id, which is not written yet.
 * A file that cannot be understood is refused, never replaced.
 */
export function readNodeConfig(files: Files, paths: StatePaths, random: Random): NodeConfig {
  const stored = readJsonFile(files, paths.nodeConfig);
  if (stored === undefined) return { version: 1, nodeId: random.uuid() };
  const parsed = nodeConfig.safeParse(stored.value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where =
      issue === undefined || issue.path.length === 0 ? "the file" : `"${issue.path.join(".")}"`;
    throw contentError(
      paths.nodeConfig,
      `${where} is not as expected (${issue?.message ?? "invalid"})`,
    );
  }
  const nodeId = parsed.data.nodeId?.trim();
  return { ...parsed.data, nodeId: nodeId === undefined || nodeId === "" ? random.uuid() : nodeId };
}

export function writeNodeConfig(files: Files, paths: StatePaths, config: NodeConfig): void {
  ensureDirectory(files, paths.directory);
  writeJsonFile(files, paths.nodeConfig, config);
}
