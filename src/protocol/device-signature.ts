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
  /** What the later v3 form signs too. */
  readonly machine?: { readonly platform: string; readonly deviceFamily?: string | undefined };
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
  const { nonce, machine } = fields;
  if (nonce === undefined) return ["v1", ...common].join("|");
  if (machine === undefined) return ["v2", ...common, nonce].join("|");
  const { platform, deviceFamily = "" } = machine;
  return ["v3", ...common, nonce, normalized(platform), normalized(deviceFamily)].join("|");
}

/** Only ASCII is lowered: both sides must come to the same bytes. */
function normalized(text: string): string {
  return text.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
