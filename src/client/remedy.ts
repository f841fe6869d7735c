/** What a failed connection means for a person: exit code and the step that mends it. */
import { shellQuote } from "../lib/display-text.ts";
import { exitCode } from "../lib/exit-code.ts";
import type { Failure, FailureKind } from "./failure.ts";

interface Advice {
  readonly code: number;
  readonly hint?: string;
}

const advice: Readonly<Record<FailureKind, Advice>> = {
  settings: { code: exitCode.config },
  dns: { code: exitCode.temporary, hint: "Check the host name" },
  refused: {
    code: exitCode.temporary,
    hint: "Nothing listens there: start the gateway, or check host and port",
  },
  unreachable: { code: exitCode.temporary, hint: "Check the network between here and the gateway" },
  timeout: { code: exitCode.temporary, hint: "Check the address, and firewalls on the way" },
  proxy: {
    code: exitCode.temporary,
    hint: "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or list the host in NO_PROXY",
  },
  tls: {
    code: exitCode.tls,
    hint: "Pin its certificate with --tls-fingerprint, or trust its authority with --tls-ca-file",
  },
  "tls-pin": {
    code: exitCode.tls,
    hint: "Nothing was sent; if the gateway's certificate was renewed, give the new --tls-fingerprint",
  },
  "not-a-gateway": {
    code: exitCode.protocol,
    hint: "Another program answers there: check host, port and path",
  },
  auth: { code: exitCode.auth },
  "setup-code": {
    code: exitCode.auth,
    hint: "A setup code works once and for 10 minutes; make a new one: clawdbot devices setup-code",
  },
  "auth-changed": {
    code: exitCode.auth,
    hint: "The gateway rotated or withdrew this device's access; see there: openclaw devices list",
  },
  limited: {
    code: exitCode.auth,
    hint: "Too many attempts with a wrong token or password came from here; mend it before the next one",
  },
  signature: {
    code: exitCode.protocol,
    hint: "The gateway computes another signature for this device; upgrade the older of the two",
  },
  pairing: { code: exitCode.pairing },
  clock: { code: exitCode.protocol, hint: "Set the clocks of this machine and of the gateway" },
  protocol: {
    code: exitCode.protocol,
    hint: "This program speaks protocol 3 and 4; upgrade the older of the two",
  },
  rejected: { code: exitCode.protocol },
  restarting: { code: exitCode.temporary, hint: "Try again in a few seconds" },
  closed: {
    code: exitCode.temporary,
    hint: "The gateway's log says more; if it wants encryption, use --tls or a wss:// address",
  },
  silent: { code: exitCode.temporary, hint: "The gateway's log says more" },
};

export function exitCodeOf(failure: Failure): number {
  return advice[failure.kind].code;
}

/** What is missing, where the gateway says it exactly; else a token or a password may be. */
const authHints: Readonly<Record<string, string>> = {
  AUTH_PASSWORD_MISSING: "This gateway wants a password: CLAWDBOT_GATEWAY_PASSWORD",
  AUTH_PASSWORD_MISMATCH:
    "The password is not this gateway's; give another: CLAWDBOT_GATEWAY_PASSWORD",
  AUTH_TOKEN_NOT_CONFIGURED:
    "This gateway has no token to compare with; set gateway.auth.token on it",
};

/** `secretGiven`: a token or password was offered to the gateway. */
export function hintOf(failure: Failure, secretGiven: boolean): string | undefined {
  if (failure.hint !== undefined) return failure.hint;
  if (failure.kind !== "auth") return advice[failure.kind].hint;
  const { detail = "" } = failure;
  if (Object.hasOwn(authHints, detail)) return authHints[detail];
  return secretGiven
    ? "The token or password is not this gateway's; give another with --token-file FILE or CLAWDBOT_GATEWAY_TOKEN"
    : "Give its token with --token-file FILE (- reads standard input) or CLAWDBOT_GATEWAY_TOKEN";
}

/** The command that approves a device on a gateway's machine; each generation has its own tool. */
export function approveOnGateway(failure: Failure): string {
  const tool = failure.structured === true ? "openclaw" : "clawdbot";
  return `${tool} devices approve ${shellQuote(failure.requestId ?? "REQUEST_ID")}`;
}
