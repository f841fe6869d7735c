import { UsageError } from "../lib/errors.ts";
import { defaultPort } from "../protocol/limits.ts";

/** Where a gateway listens. */
export interface Endpoint {
  /** Without brackets, also for IPv6. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Begins with `/`. */
  readonly path: string;
}

/** The WebSocket URL of an endpoint; IPv6 literals are bracketed. */
export function urlOf(endpoint: Endpoint): string {
  const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
  return `${endpoint.tls ? "wss" : "ws"}://${host}:${endpoint.port}${endpoint.path}`;
}

/** Name under which credentials that a gateway issued are remembered. */
export function gatewayKey(endpoint: Pick<Endpoint, "host" | "port">): string {
  const host = endpoint.host.toLowerCase();
  return host.includes(":") ? `[${host}]:${endpoint.port}` : `${host}:${endpoint.port}`;
}

/**
 * Checks a host name or address given on its own; brackets around IPv6 are dropped. The result is
 * spelled as the connection will be made: `010.0.0.1` is 8.0.0.1, and `a%2Eb` is `a.b`.
 */
export function parseHost(text: string, flag: string): string {
  const host = text.trim().replace(/^\[(.*)\]$/, "$1");
  const parsed = tryUrl(`ws://${host.includes(":") ? `[${host}]` : host}`);
  const plain = parsed !== undefined && parsed.port === "" && parsed.pathname === "/";
  if (host === "" || !plain || parsed.hostname === "" || /[\s/?#@]/.test(host)) {
    throw new UsageError(
      `Cannot use ${flag} "${text}": it is not a host name or an IP address`,
      `For a full address use: --url ws://HOST:PORT/PATH`,
    );
  }
  return unbracketed(parsed.hostname);
}

export function parsePort(text: string, flag: string): number {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(port >= 1 && port <= 65_535)) {
    throw new UsageError(`Cannot use ${flag} "${text}": a port is a number from 1 to 65535`);
  }
  return port;
}

/** Reads `ws://` and `wss://` addresses, also spelled `http://` and `https://`. */
export function parseGatewayUrl(text: string, flag: string): Endpoint {
  const url = tryUrl(text.trim());
  const tls = url?.protocol === "wss:" || url?.protocol === "https:";
  const plain = url?.protocol === "ws:" || url?.protocol === "http:";
  if (url === undefined || !(tls || plain) || url.hostname === "") {
    throw new UsageError(
      `Cannot use ${flag} "${text}": it is not a WebSocket address`,
      `For example: ${flag} wss://gateway.example.com:443/path`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(
      `Cannot use ${flag}: an address must not carry a user name or a password`,
      "Give the token with --token-file FILE or CLAWDBOT_GATEWAY_TOKEN",
    );
  }
  if (url.port === "0") {
    throw new UsageError(`Cannot use ${flag} "${text}": a port is a number from 1 to 65535`);
  }
  return {
    host: unbracketed(url.hostname),
    port: url.port === "" ? impliedPort(text, tls) : Number(url.port),
    tls,
    path: `${url.pathname}${url.search}`,
  };
}

/**
 * An address without a port but with a scheme means the scheme's port, as in a browser, except
 * for plain ws://, where everybody means the gateway's own. A written `:80` is dropped by URL.
 */
function impliedPort(text: string, tls: boolean): number {
  if (tls) return 443;
  return /^\s*\w+:[/\\]*[^/\\?#]*:0*80\s*(?:[/\\?#]|$)/.test(text) ? 80 : defaultPort;
}

/** Without the brackets that a URL has around IPv6. */
export function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

function tryUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
