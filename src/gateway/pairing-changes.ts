/** What pairing does to the two stores, as functions from one state to the next. */
import {
  maxLabelChars,
  maxPairedDevices,
  maxPendingDevices,
  pairingTtlMs,
} from "../protocol/limits.ts";
import type { Claim } from "./connect-check.ts";
import type { DeviceState, PairedRecord, PendingRecord } from "./device-records.ts";
import { issueToken } from "./token-changes.ts";

export interface RequestFacts {
  readonly requestId: string;
  readonly remoteIp: string | undefined;
  readonly nowMs: number;
}

export interface Requested {
  readonly state: DeviceState;
  readonly request: PendingRecord;
  readonly created: boolean;
}

/** Pending requests vanish after a while: nobody looks at them any more. */
export function withoutExpired(state: DeviceState, nowMs: number): DeviceState {
  const alive = [...state.pending].filter(([, { ts }]) => nowMs - ts <= pairingTtlMs);
  return alive.length === state.pending.size ? state : { ...state, pending: new Map(alive) };
}

/**
 * Records that a device waits for an operator. One that waits already with the same wish keeps its
 * request; another wish replaces it under a new id, so that an operator approves what was shown.
 * Undefined when too many wait.
 */
export function requestPairing(
  before: DeviceState,
  claim: Claim,
  facts: RequestFacts,
): Requested | undefined {
  const state = withoutExpired(before, facts.nowMs);
  const same = waiting(state, claim);
  if (same !== undefined && sameScopes(same.scopes ?? [], claim.scopes)) {
    return { state, request: same, created: false };
  }
  const pending = new Map(state.pending);
  if (same !== undefined) pending.delete(same.requestId);
  if (pending.size >= maxPendingDevices) return undefined;
  const request = pairingRequest(state, claim, facts);
  pending.set(request.requestId, request);
  return { state: { ...state, pending }, request, created: true };
}

/** What a device asks for, under the id that it is waiting with already or a new one. */
export function pairingRequest(
  state: DeviceState,
  claim: Claim,
  facts: RequestFacts,
): PendingRecord {
  return {
    requestId: facts.requestId,
    deviceId: claim.deviceId,
    publicKey: claim.publicKey,
    ...description(claim),
    role: claim.role,
    roles: [claim.role],
    scopes: [...claim.scopes],
    remoteIp: facts.remoteIp,
    silent: false,
    isRepair: state.paired.has(claim.deviceId),
    ts: facts.nowMs,
  };
}

/** Lets a device in for the role that it asked for. Undefined when too many devices are known. */
export function approvePairing(
  state: DeviceState,
  request: PendingRecord,
  facts: { readonly token: string; readonly nowMs: number },
): { readonly state: DeviceState; readonly device: PairedRecord } | undefined {
  const known = state.paired.get(request.deviceId);
  if (known === undefined && state.paired.size >= maxPairedDevices) return undefined;
  const { requestId, silent: _silent, isRepair: _isRepair, ts: _ts, ...described } = request;
  const device = issueToken(
    {
      ...known,
      ...described,
      // A device that is also an operator's is still called what its node side calls it.
      role: known?.role === "node" ? "node" : request.role,
      displayName: request.displayName ?? known?.displayName,
      roles: [...new Set([...(known?.roles ?? []), request.role])],
      scopes: union(known?.scopes, request.scopes),
      tokens: known?.tokens ?? {},
      createdAtMs: known?.createdAtMs ?? facts.nowMs,
      approvedAtMs: facts.nowMs,
    },
    { role: request.role, scopes: request.scopes ?? [], ...facts },
  );
  const paired = new Map(state.paired).set(device.deviceId, device);
  return { device, state: { ...withoutRequest(state, requestId), paired } };
}

export function withoutRequest(state: DeviceState, requestId: string): DeviceState {
  if (!state.pending.has(requestId)) return state;
  const pending = new Map(state.pending);
  pending.delete(requestId);
  return { ...state, pending };
}

/** What a device says of itself, brought up to date; the same state when nothing is new. */
export function refreshDevice(
  state: DeviceState,
  claim: Claim,
  remoteIp: string | undefined,
): DeviceState {
  const known = state.paired.get(claim.deviceId);
  // A node's device that also connects as an operator keeps the node's description.
  if (known === undefined || known.role !== claim.role) return state;
  const now = description(claim);
  const next: PairedRecord = {
    ...known,
    ...now,
    displayName: now.displayName ?? known.displayName,
    remoteIp: remoteIp ?? known.remoteIp,
  };
  if (JSON.stringify(next) === JSON.stringify(known)) return state;
  return { ...state, paired: new Map(state.paired).set(known.deviceId, next) };
}

function description({ params: { client } }: Claim) {
  return {
    displayName: client.displayName?.slice(0, maxLabelChars),
    platform: client.platform.slice(0, maxLabelChars),
    clientId: client.id.slice(0, maxLabelChars),
    clientMode: client.mode.slice(0, maxLabelChars),
  };
}

function waiting(state: DeviceState, claim: Claim): PendingRecord | undefined {
  return [...state.pending.values()].find(
    ({ deviceId, role }) => deviceId === claim.deviceId && role === claim.role,
  );
}

function union(...lists: readonly (readonly string[] | undefined)[]): string[] {
  return [...new Set(lists.flatMap((list) => list ?? []))];
}

function sameScopes(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((scope) => right.includes(scope));
}
