/** The token that a gateway issued to this device, bound to that gateway. */
import * as z from "zod/mini";

import { ConfigError } from "../lib/errors.ts";
import type { Files } from "../platform/ports.ts";
import { readJsonFile } from "./json-file.ts";
import type { NodeConfig } from "./node-config.ts";
import type { StatePaths } from "./paths.ts";

const referenceTokens = z.object({
  version: z.literal(1),
  deviceId: z.string(),
  tokens: z.record(z.string(), z.object({ token: z.string().check(z.minLength(1)) })),
});

/**
 * The device token for a gateway, if that very gateway issued one. A reference installation keeps
 * it in `identity/device-auth.json` without saying who issued it; there the gateway in its
 * `node.json` is the only one that it can belong to.
 */
export function deviceTokenFor(
  gateway: string,
  config: NodeConfig,
  reference: string | undefined,
): string | undefined {
  const home = config.gateway && keyOf(config.gateway);
  if (config.token !== undefined && config.token !== "") {
    return (config.tokenGateway ?? home) === gateway ? config.token : undefined;
  }
  return home === gateway ? reference : undefined;
}

/** As gateways are named everywhere: lower case, IPv6 in brackets. */
function keyOf({ host, port }: { readonly host: string; readonly port: number }): string {
  const name = host.toLowerCase();
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}

type ReferenceTokens = z.infer<typeof referenceTokens>;

/** The reference's token store; a damaged one counts as absent: it is only a cache. */
export function readReferenceTokens(files: Files, paths: StatePaths): ReferenceTokens | undefined {
  try {
    const parsed = referenceTokens.safeParse(readJsonFile(files, paths.referenceTokens)?.value);
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

export function readReferenceToken(
  files: Files,
  paths: StatePaths,
  deviceId: string,
): string | undefined {
  const stored = readReferenceTokens(files, paths);
  return stored?.deviceId === deviceId ? stored.tokens["node"]?.token : undefined;
}
