/** Which gateway a node host connects to: flags, then what the last start stored, then this machine. */
import {
  type Endpoint,
  gatewayKey,
  parseGatewayUrl,
  parseHost,
  parsePort,
  urlOf,
} from "../client/endpoint.ts";
import { parseFingerprint } from "../client/fingerprint.ts";
import { ConfigError, UsageError, messageOf } from "../lib/errors.ts";
import { defaultPort } from "../protocol/limits.ts";
import type { GatewaySettings } from "../state/node-config.ts";

export interface GatewayFlags {
  readonly url: string | undefined;
  /** Path of the WebSocket behind a reverse proxy. */
  readonly contextPath?: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
  /** Undefined: not said. */
  readonly tls: boolean | undefined;
  readonly tlsFingerprint: string | undefined;
  readonly tlsCaFile: string | undefined;
}

export interface ChosenGateway {
  readonly endpoint: Endpoint;
  /** Normalised SHA-256, lower-case hex. */
  readonly pin: string | undefined;
  readonly caFile: string | undefined;
}

/** Stored TLS settings go with the stored gateway, and are dropped only by `--no-tls`. */
export function chooseGateway(
  flags: GatewayFlags,
  stored: GatewaySettings | undefined,
): ChosenGateway {
  if (flags.url !== undefined && (flags.host ?? flags.port) !== undefined) {
    throw new UsageError("Cannot use --url together with --host or --port: they say the same");
  }
  const place = placeOf(flags, stored);
  const same = stored !== undefined && gatewayKey(stored) === gatewayKey(place);
  const dropped = flags.tls === false;
  const kept = same && !dropped ? stored : undefined;
  if (place.tls === false && kept !== undefined && isEncrypted(kept)) {
    throw new UsageError(
      `Cannot use --url "${flags.url}": it is unencrypted, and this gateway was used with TLS so far`,
      "To give up encryption, and what is stored for it, add: --no-tls",
    );
  }
  const caFile = flags.tlsCaFile ?? kept?.tlsCaFile;
  // Whoever names authorities now does not mean the certificate that was pinned before.
  const storedPin = flags.tlsCaFile === undefined ? kept?.tlsFingerprint : undefined;
  const pin = pinOf(flags.tlsFingerprint, storedPin);
  const wanted =
    flags.tls ?? place.tls ?? (pin !== undefined || caFile !== undefined || (same && stored.tls));
  const endpoint = { ...place, tls: wanted === true };
  const needsTls =
    flags.tlsFingerprint === undefined ? flags.tlsCaFile && "--tls-ca-file" : "--tls-fingerprint";
  if (!endpoint.tls && needsTls !== undefined) {
    throw new UsageError(
      `Cannot use ${needsTls} with "${urlOf(endpoint)}": an unencrypted connection has no certificate`,
      `Write: --url ${urlOf({ ...endpoint, tls: true })}`,
    );
  }
  return { endpoint, pin, caFile };
}

function isEncrypted({ tls, tlsFingerprint, tlsCaFile }: GatewaySettings): boolean {
  return tls === true || (tlsFingerprint ?? tlsCaFile) !== undefined;
}

function pinOf(given: string | undefined, stored: string | undefined): string | undefined {
  if (given !== undefined) return parseFingerprint(given, "--tls-fingerprint");
  if (stored === undefined) return undefined;
  try {
    return parseFingerprint(stored, "gateway.tlsFingerprint of node.json");
  } catch (error) {
    throw new ConfigError(messageOf(error), {
      hint: "Give the right one: --tls-fingerprint SHA256",
    });
  }
}

type Place = Omit<Endpoint, "tls"> & { readonly tls: boolean | undefined };

function placeOf(flags: GatewayFlags, stored: GatewaySettings | undefined): Place {
  if (flags.url !== undefined) {
    const endpoint = parseGatewayUrl(flags.url, "--url");
    if (flags.tls !== undefined && flags.tls !== endpoint.tls) {
      throw new UsageError(
        `Cannot use --${flags.tls ? "" : "no-"}tls with --url "${flags.url}": the address says otherwise`,
      );
    }
    return { ...endpoint, path: pathOf(flags.contextPath, endpoint.path) };
  }
  const host = flags.host === undefined ? stored?.host : parseHost(flags.host, "--host");
  const port = flags.port === undefined ? stored?.port : parsePort(flags.port, "--port");
  const place = { host: host ?? "127.0.0.1", port: port ?? defaultPort };
  const same = stored !== undefined && gatewayKey(stored) === gatewayKey(place);
  const path = pathOf(flags.contextPath, undefined) ?? (same ? stored.path : undefined) ?? "/";
  return { ...place, path, tls: undefined };
}

function pathOf<Without>(flag: string | undefined, without: Without): string | Without {
  if (flag === undefined) return without;
  if (without !== undefined && without !== "/") {
    throw new UsageError(
      `Cannot use --context-path "${flag}" with an address that has a path: they say the same`,
    );
  }
  const path = flag.trim().replace(/^\/*/, "/");
  const parsed = URL.canParse(path, "ws://h") ? new URL(path, "ws://h") : undefined;
  if (parsed === undefined || parsed.host !== "h" || parsed.search + parsed.hash !== "") {
    throw new UsageError(`Cannot use --context-path "${flag}": a path is wanted, like /gateway`);
  }
  return parsed.pathname;
}

/** What `node.json` remembers of a choice; keys of other programs survive with their gateway. */
export function toStored(
  { endpoint, pin, caFile }: ChosenGateway,
  stored: GatewaySettings | undefined,
): GatewaySettings {
  const same = stored !== undefined && gatewayKey(stored) === gatewayKey(endpoint);
  const { tlsFingerprint: _pin, tlsCaFile: _ca, path: _path, ...others } = same ? stored : {};
  return {
    ...others,
    host: endpoint.host,
    port: endpoint.port,
    tls: endpoint.tls,
    ...(pin === undefined ? {} : { tlsFingerprint: pin }),
    ...(caFile === undefined ? {} : { tlsCaFile: caFile }),
    ...(endpoint.path === "/" ? {} : { path: endpoint.path }),
  };
}
