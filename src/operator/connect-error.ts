/** What a connection that could not be made means for the person who typed a command. */
import type { Failure, FailureKind } from "../client/failure.ts";
import { approveOnGateway, exitCodeOf, hintOf } from "../client/remedy.ts";
import { shellQuote } from "../lib/display-text.ts";
import { UserError } from "../lib/errors.ts";

interface Attempt {
  readonly deviceId: string;
  /** A token or password was sent. */
  readonly secretGiven: boolean;
}

/** Failures after which a person may find that another gateway was meant. */
const wrongAddress: readonly FailureKind[] = ["dns", "refused", "not-a-gateway"];

export function connectError(failure: Failure, url: string, attempt: Attempt): UserError {
  const pairing = failure.kind === "pairing";
  const detail = pairing ? pairingText(failure, attempt.deviceId) : failure.message;
  return new UserError(`Cannot connect to "${url}": ${detail}`, {
    exitCode: exitCodeOf(failure),
    hint: pairing ? pairingHint(failure) : connectHint(failure, attempt.secretGiven),
  });
}

function pairingText({ requestId }: Failure, deviceId: string): string {
  const request = requestId === undefined ? "" : ` (request ${requestId}, device ${deviceId})`;
  return `this machine has to be approved as an operator first${request}`;
}

function pairingHint(failure: Failure): string {
  const ours = `clawdbot nodes approve ${shellQuote(failure.requestId ?? "REQUEST_ID")} --operator`;
  return `On the gateway's machine: ${approveOnGateway(failure)} (with this program: ${ours})`;
}

function connectHint(failure: Failure, secretGiven: boolean): string | undefined {
  if (failure.kind === "tls" && /WRONG_VERSION_NUMBER|HTTP_REQUEST/.test(failure.message)) {
    return "That port speaks no TLS; write ws:// in the address";
  }
  const hint = hintOf(failure, secretGiven);
  if (hint === undefined || !wrongAddress.includes(failure.kind)) return hint;
  return `${hint}; the gateway is named with --url ws://HOST:PORT or CLAWDBOT_GATEWAY_URL`;
}
