/** The text that a device signs to prove that it holds its key. */

export interface SignedFields {
  readonly deviceId: string;
  readonly clientId: string;
  readonly clientMode: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly signedAtMs: number;
  /** The value that is sent as `auth.token`; empty when none is. */
  readonly token: string;
  /** The challenge's nonce; without one the older v1 form is signed. */
  readonly nonce: string | undefined;
}

/** Joins the fields with `|`, unescaped, as every gateway since January 2026 checks them. */
export function signaturePayload(fields: SignedFields): string {
  const common = [
    fields.deviceId,
    fields.clientId,
    fields.clientMode,
    fields.role,
    fields.scopes.join(","),
    String(fields.signedAtMs),
    fields.token,
  ];
  const parts = fields.nonce === undefined ? ["v1", ...common] : ["v2", ...common, fields.nonce];
  return parts.join("|");
}
