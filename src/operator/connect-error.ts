/** What a connection that could not be made means for the person who typed a command. */
import type { Failure, FailureKind } from "../client/failure.ts";
import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";

interface Attempt {
  readonly deviceId: string;
  /** A token or password was sent. */
  readonly secretGiven: boolean;
}

interface Advice {
  readonly code: number;
  readonly hint?: string;
}

const otherGateway = "name the gateway with --url ws://HOST:PORT or CLAWDBOT_GATEWAY_URL";

const adviceFor: Readonly<Record<FailureKind, Advice>> = {
  settings: { code: exitCode.config },
  dns: { code: exitCode.temporary, hint: `Check the host name, or ${otherGateway}` },
  refused: {
    code: exitCode.temporary,
    hint: `Nothing listens there: start the gateway, or ${otherGateway}`,
  },
  unreachable: { code: exitCode.temporary, hint: "Check the network between here and the gateway" },
  timeout: {
    code: exitCode.temporary,
    hint: "Check the address and firewalls on the way; --timeout 30s waits longer",
  },
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
    hint: `Another program answers there; ${otherGateway}`,
  },
  auth: { code: exitCode.auth },
  pairing: { code: exitCode.pairing },
  clock: { code: exitCode.protocol, hint: "Set the clocks of this machine and of the gateway" },
  protocol: {
    code: exitCode.protocol,
    hint: "This program speaks protocol 3 and 4; upgrade the older of the two",
  },
  rejected: { code: exitCode.protocol },
  restarting: { code: exitCode.temporary, hint: "Try again in a few seconds" },
  closed: { code: exitCode.temporary, hint: "Try again; the gateway's log says more" },
  silent: { code: exitCode.temporary, hint: "Try again; the gateway's log says more" },
};

export function connectError(failure: Failure, url: string, attempt: Attempt): UserError {
  const { code, hint } = adviceFor[failure.kind];
  const detail =
    failure.kind === "pairing" ? pairingText(failure, attempt.deviceId) : failure.message;
  return new UserError(`Cannot connect to "${url}": ${detail}`, {
    exitCode: code,
    hint: failure.hint ?? specialHint(failure, attempt) ?? hint,
  });
}

function pairingText({ requestId }: Failure, deviceId: string): string {
  const request = requestId === undefined ? "" : ` (request ${requestId}, device ${deviceId})`;
  return `this machine has to be approved as an operator first${request}`;
}

function specialHint(failure: Failure, { secretGiven }: Attempt): string | undefined {
  if (failure.kind === "auth") {
    return secretGiven
      ? "The token or password is not this gateway's; give another with --token-file FILE or CLAWDBOT_GATEWAY_TOKEN"
      : "Give its token with --token-file FILE (- reads standard input) or CLAWDBOT_GATEWAY_TOKEN";
  }
  if (failure.kind === "tls" && /WRONG_VERSION_NUMBER|HTTP_REQUEST/.test(failure.message)) {
    return "That port speaks no TLS; write ws:// in the address";
  }
  if (failure.kind !== "pairing") return undefined;
  const id = failure.requestId ?? "REQUEST_ID";
  const tool = failure.structured === true ? "openclaw" : "clawdbot";
  return `On the gateway's machine: ${tool} devices approve ${id} (with this program: clawdbot nodes approve ${id} --operator)`;
}
