/** What happens to the tokens of a paired device. */
import type { Role } from "../protocol/connect.ts";
import { missingScope } from "../protocol/access.ts";
import type { DeviceToken, PairedRecord } from "./device-records.ts";

interface TokenFacts {
  readonly role: Role;
  readonly scopes: readonly string[];
  /** The new token's text. */
  readonly token: string;
  readonly nowMs: number;
}

/** A new token for a role; an older one of the same role opens nothing any more. */
export function issueToken(device: PairedRecord, facts: TokenFacts): PairedRecord {
  const older = device.tokens[facts.role];
  const token: DeviceToken = {
    token: facts.token,
    role: facts.role,
    scopes: [...facts.scopes],
    createdAtMs: older?.createdAtMs ?? facts.nowMs,
    ...(older === undefined ? {} : { rotatedAtMs: facts.nowMs }),
  };
  return { ...device, tokens: { ...device.tokens, [facts.role]: token } };
}

/** The device with a token for the role that is alive and covers the scopes: the old one if it does. */
export function ensureToken(device: PairedRecord, facts: TokenFacts): PairedRecord {
  const older = device.tokens[facts.role];
  const fits =
    older !== undefined &&
    older.revokedAtMs === undefined &&
    missingScope(older.scopes, facts.scopes) === undefined;
  return fits ? device : issueToken(device, facts);
}

/** Undefined when the device has no token for the role. */
export function revokeToken(
  device: PairedRecord,
  role: Role,
  nowMs: number,
): PairedRecord | undefined {
  const token = device.tokens[role];
  if (token === undefined) return undefined;
  return { ...device, tokens: { ...device.tokens, [role]: { ...token, revokedAtMs: nowMs } } };
}
