import { missingScope } from "../protocol/access.ts";
import type { Claim } from "./connect-check.ts";
import type { DeviceToken } from "./device-records.ts";
import { sameSecret } from "./secret.ts";

export type Authorization =
  | { readonly ok: true; readonly by: "shared token" | "device token" }
  | { readonly ok: false; readonly message: string };

const remedy = "(provide gateway auth token)";

/** The shared token opens for everybody; a device's own token only for it, its role and scopes. */
export function authorize(
  claim: Claim,
  sharedToken: string,
  issued: DeviceToken | undefined,
): Authorization {
  if (claim.token === undefined) {
    return { ok: false, message: `unauthorized: gateway token missing ${remedy}` };
  }
  if (sameSecret(claim.token, sharedToken)) return { ok: true, by: "shared token" };
  const alive = issued !== undefined && issued.revokedAtMs === undefined;
  if (
    alive &&
    sameSecret(claim.token, issued.token) &&
    missingScope(issued.scopes, claim.scopes) === undefined
  ) {
    return { ok: true, by: "device token" };
  }
  return { ok: false, message: `unauthorized: gateway token mismatch ${remedy}` };
}
