/** What another node host keeps on this machine: read, and never touched. */
import { basename, join } from "node:path";
import * as z from "zod/mini";

import { ConfigError, messageOf } from "../lib/errors.ts";
import { type JsonObject, isObject } from "../lib/json.ts";
import type { DatabaseReader, Files } from "../platform/ports.ts";
import { identityOf } from "./device-identity.ts";
import { readReferenceTokens } from "./device-token.ts";
import { readJsonFile, readStateFile } from "./json-file.ts";
import { readOtherDatabase } from "./other-database.ts";
import { pathsIn } from "./paths.ts";

export type OtherProduct = "Clawdbot" | "Moltbot" | "OpenClaw";

export interface OtherHost {
  readonly product: OtherProduct;
  readonly directory: string;
  readonly identity: OtherIdentity;
  /** Issued to this device as a node, by the gateway below. */
  readonly token: string | undefined;
  readonly nodeId: string | undefined;
  readonly displayName: string | undefined;
  readonly gateway: OtherGateway | undefined;
  /** Its exec policy; undefined: it has none. */
  readonly approvals: JsonObject | undefined;
  /** Its configuration file, which may say more about what runs. */
  readonly configuration: OtherConfiguration;
}

export interface OtherIdentity {
  /** Lower-case hex SHA-256 of the raw public key. */
  readonly deviceId: string;
  readonly privateKeyPem: string;
  readonly createdAtMs: number | undefined;
}

export type OtherConfiguration =
  | { readonly kind: "none" }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "unreadable"; readonly path: string };

/** What the places below give; each may miss anything. */
export interface OtherState {
  readonly identity: Omit<OtherIdentity, "deviceId"> | undefined;
  /** Tokens by device id. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly node: unknown;
  readonly approvals: unknown;
}

const text = z.optional(z.string());
const otherNode = z.object({
  nodeId: text,
  displayName: text,
  gateway: z.optional(
    z.object({
      host: z.string().check(z.minLength(1)),
      port: z.int().check(z.gte(1), z.lte(65_535)),
      tls: z.optional(z.boolean()),
      tlsFingerprint: text,
      contextPath: text,
      cloudflareAccess: z.optional(z.unknown()),
    }),
  ),
});
const otherIdentity = z.object({ privateKeyPem: z.string(), createdAtMs: z.optional(z.number()) });

export type OtherGateway = NonNullable<z.infer<typeof otherNode>["gateway"]>;

function databaseIn(directory: string): string {
  return join(directory, "state", "openclaw.sqlite");
}

/** Whether a directory looks like the state of a node host at all. */
export function looksLikeHost(files: Files, directory: string): boolean {
  const { nodeConfig, deviceIdentity } = pathsIn(directory);
  return [nodeConfig, deviceIdentity, databaseIn(directory)].some(
    (path) => files.stat(path, true)?.kind === "file",
  );
}

/** Throws ConfigError when there is nothing to take, or something that cannot be trusted. */
export function readOtherHost(
  files: Files,
  databases: DatabaseReader,
  directory: string,
): OtherHost {
  const database = databaseIn(directory);
  const hasDatabase = files.stat(database, true)?.kind === "file";
  const inFiles = stateInFiles(files, directory);
  const inDatabase = hasDatabase ? readOtherDatabase(databases, database) : undefined;
  const identity = identified(inDatabase?.identity ?? inFiles.identity, directory);
  const node = nodeOf(inDatabase?.node ?? inFiles.node, directory);
  const { deviceId } = identity;
  const approvals = inDatabase?.approvals ?? inFiles.approvals;
  if (approvals !== undefined && !isObject(approvals)) {
    throw unusable(directory, "its exec policy is not a JSON object");
  }
  return {
    product: hasDatabase ? "OpenClaw" : productOf(directory),
    directory,
    identity,
    token: inDatabase?.tokens.get(deviceId) ?? inFiles.tokens.get(deviceId),
    nodeId: node.nodeId?.trim() || undefined,
    displayName: node.displayName?.trim() || undefined,
    gateway: node.gateway,
    approvals,
    configuration: configurationIn(files, directory),
  };
}

function stateInFiles(files: Files, directory: string): OtherState {
  const paths = pathsIn(directory);
  const identity = readJsonFile(files, paths.deviceIdentity);
  const parsed = otherIdentity.safeParse(identity?.value);
  if (identity !== undefined && !parsed.success) {
    throw unusable(directory, "identity/device.json holds no private key");
  }
  const tokens = readReferenceTokens(files, paths);
  const token = tokens?.tokens["node"]?.token;
  return {
    identity: parsed.success
      ? { privateKeyPem: parsed.data.privateKeyPem, createdAtMs: parsed.data.createdAtMs }
      : undefined,
    tokens: new Map(tokens === undefined || token === undefined ? [] : [[tokens.deviceId, token]]),
    node: readJsonFile(files, paths.nodeConfig)?.value,
    approvals: readJsonFile(files, paths.approvals)?.value,
  };
}

function identified(
  found: Omit<OtherIdentity, "deviceId"> | undefined,
  directory: string,
): OtherIdentity {
  if (found === undefined) throw unusable(directory, "no device key is in it");
  const { privateKeyPem, createdAtMs } = found;
  try {
    return { deviceId: identityOf(privateKeyPem).deviceId, privateKeyPem, createdAtMs };
  } catch (error) {
    throw unusable(directory, `its device key cannot be used (${messageOf(error)})`);
  }
}

function nodeOf(value: unknown, directory: string): z.infer<typeof otherNode> {
  const parsed = otherNode.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw unusable(directory, "its node settings are not as expected");
}

function productOf(directory: string): OtherProduct {
  const name = basename(directory).toLowerCase();
  if (name.includes("openclaw")) return "OpenClaw";
  return name.includes("moltbot") ? "Moltbot" : "Clawdbot";
}

/** JSON with comments, as people write it; what it includes from elsewhere is not followed. */
function configurationIn(files: Files, directory: string): OtherConfiguration {
  for (const name of ["openclaw.json", "moltbot.json", "clawdbot.json"]) {
    const path = join(directory, name);
    const content = readStateFile(files, path);
    if (content === undefined) continue;
    try {
      if (content.includes("$include")) return { kind: "unreadable", path };
      return { kind: "value", value: Bun.JSON5.parse(content) };
    } catch {
      return { kind: "unreadable", path };
    }
  }
  return { kind: "none" };
}

function unusable(directory: string, problem: string): ConfigError {
  return new ConfigError(`Cannot import from "${directory}": ${problem}; nothing was changed`, {
    hint: "Name the state directory of the other host: clawdbot node import --from DIR",
  });
}
