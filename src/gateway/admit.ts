/** From a `connect` request to a session or a refusal: checks, authorisation, pairing. */
import { printable } from "../lib/display-text.ts";
import type { Clock, Log } from "../platform/ports.ts";
import { errorCodes, gatewayEvents } from "../protocol/gateway-errors.ts";
import { maxPairedDevices, maxPendingDevices } from "../protocol/limits.ts";
import { authorize } from "./authorize.ts";
import type { ClientOrigin } from "./client-origin.ts";
import { type Claim, checkConnect } from "./connect-check.ts";
import type { DeviceBook } from "./device-book.ts";
import type { DeviceToken, PendingRecord } from "./device-records.ts";
import { describePending } from "./device-summary.ts";
import { pairingNeed } from "./pairing-need.ts";
import type { Peers } from "./peers.ts";
import { type Refusal, refusal } from "./refusal.ts";

export interface AdmitDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly devices: DeviceBook;
  readonly peers: Peers;
  readonly sharedToken: string;
  readonly requirePairing: boolean;
}

export type Admission =
  | { readonly ok: true; readonly claim: Claim; readonly token: DeviceToken }
  | { readonly ok: false; readonly refusal: Refusal };

export function admit(
  deps: AdmitDeps,
  params: unknown,
  line: { readonly nonce: string; readonly origin: ClientOrigin },
): Admission {
  const { clock, devices } = deps;
  const { nonce, origin } = line;
  const checked = checkConnect(params, { nowMs: clock.now(), nonce, local: origin.local });
  if (!checked.ok) return checked;
  const { claim } = checked;
  const known = devices.find(claim.deviceId);
  const allowed = authorize(claim, deps.sharedToken, known?.tokens[claim.role]);
  if (!allowed.ok) return { ok: false, refusal: refusal(allowed.message) };
  if (pairingNeed(known, claim) !== undefined) {
    const refused = pair(deps, claim, origin);
    if (refused !== undefined) return { ok: false, refusal: refused };
  }
  const token = devices.welcome(claim, origin);
  if (token === undefined) throw new Error("a device that was let in is not known");
  return { ok: true, claim, token };
}

/** Approves on the spot or asks an operator; what stands in the way is returned. */
function pair(deps: AdmitDeps, claim: Claim, origin: ClientOrigin): Refusal | undefined {
  const { clock, devices, log, peers } = deps;
  if (isSilent(deps, claim, origin)) {
    const paired = devices.approveAtOnce(claim, origin);
    if (paired === undefined) {
      return notPaired(`pairing required: ${maxPairedDevices} devices are paired already`);
    }
    const { requestId, deviceId } = paired;
    const resolved = { requestId, deviceId, decision: "approved", ts: clock.now() };
    log.info("paired a device on this machine", logFields(paired));
    peers.broadcast(gatewayEvents.pairResolved, resolved);
    return undefined;
  }
  const asked = devices.request(claim, origin);
  if (asked === undefined) {
    return notPaired(
      `pairing required: ${maxPendingDevices} devices wait already, approve or reject some`,
    );
  }
  const { request, created } = asked;
  if (created) {
    const fields = { request: request.requestId, ...logFields(request) };
    log.warn("a device waits for approval: clawdbot nodes approve REQUEST", fields);
    peers.broadcast(gatewayEvents.pairRequested, describePending(request));
  }
  const details = { requestId: request.requestId };
  return refusal("pairing required", { code: errorCodes.notPaired, details, told: true });
}

/**
 * Whoever connects from this machine with the token could as well edit the pairing file. An
 * operator here is let in even with `requirePairing`: without the first one nobody could approve.
 */
function isSilent({ requirePairing }: AdmitDeps, claim: Claim, origin: ClientOrigin): boolean {
  return origin.local && (claim.role === "operator" || !requirePairing);
}

function notPaired(message: string): Refusal {
  return refusal(message, { code: errorCodes.notPaired });
}

function logFields(request: PendingRecord) {
  return {
    role: request.role,
    name: request.displayName && printable(request.displayName, 60),
    device: request.deviceId.slice(0, 12),
    from: request.remoteIp ?? "behind a proxy",
  };
}
