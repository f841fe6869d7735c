import type { CredentialChoice } from "./connection-state.ts";

/** What this machine can offer to one gateway, read again for every attempt. */
export interface Credentials {
  /** Issued by this very gateway to this device. */
  readonly deviceToken: string | undefined;
  readonly sharedToken: string | undefined;
  readonly password: string | undefined;
}

export interface Offer {
  readonly token: string | undefined;
  readonly password: string | undefined;
  /** A refusal of this token leaves another one to try. */
  readonly another: boolean;
  /** For messages: which source was used, never the value. */
  readonly source: "device token" | "gateway token" | "password" | "nothing";
}

/**
 * Picks the token of an attempt. The device's own token goes first, since it opens nothing but
 * this device's role; the shared one follows once when that is refused.
 */
export function offer(credentials: Credentials, choice: CredentialChoice): Offer {
  const { deviceToken, sharedToken, password } = credentials;
  const both =
    deviceToken !== undefined && sharedToken !== undefined && deviceToken !== sharedToken;
  if (deviceToken !== undefined && (choice === "first" || !both)) {
    return { token: deviceToken, password, another: both, source: "device token" };
  }
  if (sharedToken !== undefined) {
    return { token: sharedToken, password, another: false, source: "gateway token" };
  }
  const source = password === undefined ? "nothing" : "password";
  return { token: undefined, password, another: false, source };
}
