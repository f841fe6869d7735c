/** Why a connection is not there: one kind for everything that a person mends differently. */
import { printable } from "../lib/display-text.ts";
import { UserError, messageOf } from "../lib/errors.ts";
import { isObject } from "../lib/json.ts";
import type { SocketError } from "../platform/ports.ts";
import { closeCodes, errorCodes } from "../protocol/gateway-errors.ts";
import type { ErrorShape } from "../protocol/frame.ts";
import type { Offer } from "./credentials.ts";
import { pairingDetails } from "../protocol/pairing.ts";

export type FailureKind =
  /** This machine's own settings do not allow to dial. */
  | "settings"
  /** The host name does not resolve. */
  | "dns"
  /** Nothing listens on the port. */
  | "refused"
  /** No route, network down. */
  | "unreachable"
  /** No answer in time: TCP, TLS, upgrade or handshake. */
  | "timeout"
  /** The proxy refused or could not be used. */
  | "proxy"
  /** The certificate is not trusted, or the other side does not speak TLS. */
  | "tls"
  /** The certificate is not the pinned one; nothing was sent. */
  | "tls-pin"
  /** Something answers that is not a gateway. */
  | "not-a-gateway"
  /** Token or password missing or wrong. */
  | "auth"
  /** The one-time token of a setup code is not accepted, and never will be. */
  | "setup-code"
  /** The gateway changed or withdrew what it let this device in with. */
  | "auth-changed"
  /** Too many failed attempts from here; the gateway says how long it wants peace. */
  | "limited"
  /** The device's signature is not what the gateway computes. */
  | "signature"
  /** An operator has to approve this device. */
  | "pairing"
  /** The clocks are too far apart. */
  | "clock"
  /** No common protocol version. */
  | "protocol"
  /** The gateway refuses the connect request for another reason. */
  | "rejected"
  /** The gateway restarts or is starting. */
  | "restarting"
  /** The line was closed without a reason that means more. */
  | "closed"
  /** The line went silent. */
  | "silent";

export interface Failure {
  readonly kind: FailureKind;
  /** One line, safe to print. */
  readonly message: string;
  /** Pairing: what the operator approves. */
  readonly requestId?: string;
  /** Pairing: the gateway is about to check this device by itself. */
  readonly checkedByGateway?: boolean;
  /** What exactly is wrong, in the gateway's own code: `AUTH_PASSWORD_MISSING` … */
  readonly detail?: string;
  /** The gateway speaks the error details of the later generation. */
  readonly structured?: boolean;
  /** The gateway's own wish for the next attempt, milliseconds. */
  readonly retryAfterMs?: number;
  /** What mends it, where the failure itself knows. */
  readonly hint?: string;
}

const networkKinds: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  EAI_NODATA: "dns",
  EAI_NONAME: "dns",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ENETDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ETIMEDOUT: "timeout",
  EPROTO: "tls",
  // Also in the middle of a TLS handshake: a server that goes away, not one without TLS.
  ECONNRESET: "closed",
};

/** What cannot be said of a gateway that is reached through a proxy, only of the proxy. */
const ownKinds: ReadonlySet<FailureKind> = new Set(["dns", "refused", "unreachable", "timeout"]);

/** Classifies an error of the network, TLS or HTTP layer. */
export function failureOfSocket(error: SocketError, viaProxy = false): Failure {
  const message = printable(error.message.replace(/^WebSocket connection to '[^']*' failed: /, ""));
  const { code = "" } = error;
  if (code === "PIN_MISMATCH") return { kind: "tls-pin", message };
  if (/^proxy\b/i.test(message)) return { kind: "proxy", message };
  const network = Object.hasOwn(networkKinds, code) ? networkKinds[code] : undefined;
  if (network !== undefined) {
    const kind = viaProxy && ownKinds.has(network) ? "proxy" : network;
    const shown = withCode(message, code);
    return { kind, message: kind === "proxy" ? `proxy: ${shown}` : shown };
  }
  if (/certificate|TLS|SSL/i.test(message) || /CERT|TLS|SSL|SIGNATURE|ISSUER/.test(code)) {
    return { kind: "tls", message: withCode(message, code) };
  }
  if (
    /^(Expected 101|Invalid (response|upgrade|connection|websocket)|Missing|Mismatch)/.test(message)
  ) {
    const hint = message.endsWith("403") ? forbidden : undefined;
    return { kind: "not-a-gateway", message, ...(hint === undefined ? {} : { hint }) };
  }
  return { kind: "closed", message: withCode(message, code) };
}

/** OpenClaw answers so to whom an unknown proxy forwards for, before any word of the protocol. */
const forbidden =
  "Something on the way forbids it: check host, port and path; behind a reverse proxy an OpenClaw Gateway wants its address in gateway.trustedProxies";

function withCode(message: string, code: string): string {
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}

/** A dial that could not begin: wrong settings, an unreadable file, a refused address. */
export function failureOfThrown(thrown: unknown): Failure {
  if (!(thrown instanceof UserError)) return { kind: "closed", message: messageOf(thrown) };
  return {
    kind: "settings",
    message: thrown.message,
    ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
  };
}

/** What was offered to the gateway. */
type Tried = Partial<Pick<Offer, "source" | "another">>;

const staleToken =
  "The gateway took back the token that it had issued to this device; give its own with --token-file FILE, or a new setup code with --pair";

/** Classifies the gateway's answer to a connect request that it refused. */
export function failureOfRefusal(error: ErrorShape, { source, another }: Tried = {}): Failure {
  const failure = refusal(error);
  if (source === "device token" && another !== true && failure.kind === "auth") {
    return { ...failure, hint: staleToken };
  }
  if (source !== "setup code" || !refusesSetupCode.has(failure.kind)) return failure;
  const unknown = failure.kind === "rejected" || failure.structured !== true;
  return {
    ...failure,
    kind: "setup-code",
    message: `the setup code is not accepted: ${failure.message}`,
    ...(unknown
      ? {
          hint: "This gateway may not know setup codes (OpenClaw does since 2026.3); give its token with --token-file FILE instead",
        }
      : {}),
  };
}

/** Kinds that come back however often the same code is offered. */
const refusesSetupCode: ReadonlySet<FailureKind> = new Set(["auth", "rejected"]);

function refusal(error: ErrorShape): Failure {
  const message = printable(error.message);
  const details = isObject(error.details) ? error.details : {};
  const code = typeof details["code"] === "string" ? details["code"] : "";
  const common = {
    message,
    ...(code === "" ? {} : { structured: true, detail: printable(code, 80) }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
  if (
    code === "PAIRING_REQUIRED" ||
    (error.code === errorCodes.notPaired && code !== "DEVICE_IDENTITY_REQUIRED")
  ) {
    return pairingFailure(common, error.details);
  }
  if (code === "AUTH_RATE_LIMITED") return { ...common, kind: "limited" };
  if (code === "DEVICE_AUTH_SIGNATURE_INVALID" || message === "device signature invalid") {
    return { ...common, kind: "signature" };
  }
  if (code === "PROTOCOL_MISMATCH" || message === "protocol mismatch") {
    return { ...common, kind: "protocol", message: protocolText(message, details) };
  }
  if (code.startsWith("AUTH_") || message.startsWith("unauthorized")) {
    return { ...common, kind: "auth" };
  }
  if (code === "DEVICE_AUTH_SIGNATURE_EXPIRED" || message === "device signature expired") {
    return { ...common, kind: "clock" };
  }
  // The challenge was overtaken by our own patience: the next attempt may be luckier.
  if (code.startsWith("DEVICE_AUTH_NONCE_") || /^device nonce (required|mismatch)$/.test(message)) {
    return { ...common, kind: "closed" };
  }
  if (error.code === errorCodes.unavailable) return { ...common, kind: "restarting" };
  return { ...common, kind: "rejected" };
}

/** What an approval of a device that was approved before is about. */
const pairedBefore: Readonly<Record<string, string>> = {
  "role-upgrade": "this device was approved for another role, or its token was revoked",
  "scope-upgrade": "this device was approved for less than it asks for now",
  "metadata-upgrade": "this device was approved for another platform",
};

function pairingFailure(common: Omit<Failure, "kind">, details: unknown): Failure {
  const parsed = pairingDetails.safeParse(details);
  const {
    requestId,
    reason = "",
    recommendedNextStep,
    pauseReconnect,
  } = parsed.success ? parsed.data : {};
  const again = Object.hasOwn(pairedBefore, reason) ? pairedBefore[reason] : undefined;
  const checked = recommendedNextStep === "wait_then_retry" || pauseReconnect === false;
  return {
    ...common,
    kind: "pairing",
    ...(again === undefined ? {} : { message: again }),
    ...(requestId === undefined ? {} : { requestId: printable(requestId, 100) }),
    ...(checked ? { checkedByGateway: true } : {}),
  };
}

function protocolText(message: string, details: Readonly<Record<string, unknown>>): string {
  const wanted = details["expectedProtocol"];
  return typeof wanted === "number" ? `${message}: the gateway speaks protocol ${wanted}` : message;
}

/** Classifies a close for which nothing else is known. */
export function failureOfClose(code: number, reason: string): Failure {
  const shown = printable(reason, 200);
  const message = shown === "" ? `connection closed (${code})` : `${shown} (${code})`;
  switch (code) {
    case closeCodes.serviceRestart:
      return { kind: "restarting", message: "the gateway restarts" };
    case closeCodes.tryAgainLater:
      return {
        kind: "restarting",
        message: shown === "" ? "the gateway is starting" : `the gateway is not ready: ${shown}`,
      };
    case closeCodes.tickTimeout:
      return { kind: "silent", message };
    case closeCodes.authChanged:
      return { kind: "auth-changed", message };
    default:
      return { kind: "closed", message };
  }
}
