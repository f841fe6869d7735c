/** Devices as operators see them: never a token. */
import type { PairedDevice, PendingDevice } from "../protocol/pairing.ts";
import type { PairedRecord, PendingRecord } from "./device-records.ts";

export function describePending(record: PendingRecord): PendingDevice {
  return {
    requestId: record.requestId,
    ...common(record),
    silent: record.silent,
    isRepair: record.isRepair,
    ts: record.ts,
  };
}

export function describePaired(record: PairedRecord): PairedDevice {
  const tokens = Object.values(record.tokens).map(
    ({ role, scopes, createdAtMs, rotatedAtMs, revokedAtMs }) => ({
      role,
      scopes,
      createdAtMs,
      rotatedAtMs,
      revokedAtMs,
    }),
  );
  return {
    ...common(record),
    displayName: record.givenName ?? record.displayName,
    createdAtMs: record.createdAtMs,
    approvedAtMs: record.approvedAtMs,
    tokens: tokens.toSorted((left, right) => left.role.localeCompare(right.role)),
  };
}

function common(record: PendingRecord | PairedRecord) {
  return {
    deviceId: record.deviceId,
    publicKey: record.publicKey,
    displayName: record.displayName,
    platform: record.platform,
    clientId: record.clientId,
    clientMode: record.clientMode,
    role: record.role,
    roles: record.roles,
    scopes: record.scopes,
    remoteIp: record.remoteIp,
  };
}
