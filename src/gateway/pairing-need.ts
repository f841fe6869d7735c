import { missingScope } from "../protocol/access.ts";
import type { Claim } from "./connect-check.ts";
import type { PairedRecord } from "./device-records.ts";

/** Why a device that proved its key may still not come in without an approval. */
export type PairingNeed = "not-paired" | "role-upgrade" | "scope-upgrade";

export function pairingNeed(
  known: PairedRecord | undefined,
  claim: Claim,
): PairingNeed | undefined {
  if (known === undefined) return "not-paired";
  if (!known.roles.includes(claim.role)) return "role-upgrade";
  if (missingScope(known.scopes ?? [], claim.scopes) !== undefined) return "scope-upgrade";
  return undefined;
}
