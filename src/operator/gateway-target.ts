/** Which gateway an operator's command talks to, and how. */
import { type Endpoint, gatewayKey, parseGatewayUrl, urlOf } from "../client/endpoint.ts";
import { parseFingerprint } from "../client/fingerprint.ts";
import type { RouteSettings } from "../client/route.ts";
import { UsageError } from "../lib/errors.ts";
import type { Files } from "../platform/ports.ts";
import { defaultPort } from "../protocol/limits.ts";
import type { GatewaySettings } from "../state/node-config.ts";
import { readTrustAnchors } from "../state/trust-anchors.ts";

export interface TargetFlags {
  readonly url: string | undefined;
  readonly tlsFingerprint: string | undefined;
  readonly tlsCaFile: string | undefined;
  readonly allowInsecureWs: boolean;
}

const local: Endpoint = { host: "127.0.0.1", port: defaultPort, tls: false, path: "/" };

/**
 * `--url`, else `CLAWDBOT_GATEWAY_URL`, else the gateway of this machine's node, else this machine.
 * The stored certificate pin and trust anchors hold for the stored gateway only.
 */
export function gatewayTarget(
  files: Files,
  flags: TargetFlags,
  urlFromEnvironment: string | undefined,
  stored: GatewaySettings | undefined,
): RouteSettings {
  const given = givenEndpoint(flags.url, urlFromEnvironment);
  const endpoint = given ?? storedEndpoint(stored) ?? local;
  const known = stored !== undefined && gatewayKey(stored) === gatewayKey(endpoint);
  const remembered = known && endpoint.tls ? stored : undefined;
  const fingerprint = flags.tlsFingerprint ?? remembered?.tlsFingerprint;
  const caFile = flags.tlsCaFile ?? remembered?.tlsCaFile;
  refuseWithoutTls(endpoint, flags);
  return {
    endpoint,
    pin: fingerprint === undefined ? undefined : parseFingerprint(fingerprint, "--tls-fingerprint"),
    ca: caFile === undefined ? undefined : readTrustAnchors(files, caFile),
    allowInsecure: flags.allowInsecureWs,
  };
}

function givenEndpoint(flag: string | undefined, env: string | undefined): Endpoint | undefined {
  if (flag !== undefined) return parseGatewayUrl(flag, "--url");
  if (env === undefined || env.trim() === "") return undefined;
  return parseGatewayUrl(env, "CLAWDBOT_GATEWAY_URL");
}

function storedEndpoint(stored: GatewaySettings | undefined): Endpoint | undefined {
  if (stored === undefined) return undefined;
  return {
    host: stored.host,
    port: stored.port,
    tls: stored.tls ?? false,
    path: stored.path ?? "/",
  };
}

/** A pin that is given for a line without certificates would silently protect nothing. */
function refuseWithoutTls(endpoint: Endpoint, flags: TargetFlags): void {
  if (endpoint.tls) return;
  const given =
    flags.tlsFingerprint === undefined ? flags.tlsCaFile && "--tls-ca-file" : "--tls-fingerprint";
  if (given === undefined) return;
  throw new UsageError(
    `Cannot use ${given} with "${urlOf(endpoint)}": an unencrypted address has no certificate`,
    `Write: --url ${urlOf({ ...endpoint, tls: true })}`,
  );
}
