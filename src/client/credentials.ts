import type { CredentialChoice } from "./connection-state.ts";

/** What this machine can offer to one gateway, read again for every attempt. */
export interface Credentials {
  /** One-time token of a setup code: offered alone as long as it is there. */
  readonly bootstrapToken?: string | undefined;
  /** Issued by this very gateway to this device. */
  readonly deviceToken?: string | undefined;
  readonly sharedToken?: string | undefined;
  readonly password?: string | undefined;
}

export interface Offer {
  readonly bootstrapToken?: string | undefined;
  readonly token: string | undefined;
  readonly password: string | undefined;
  /** A refusal of this token leaves another one to try. */
  readonly another: boolean;
  /** For messages: which source was used, never the value. */
  readonly source: "setup code" | "device token" | "gateway token" | "password" | "nothing";
}

const nothing: Offer = {
  bootstrapToken: undefined,
  token: undefined,
  password: undefined,
  another: false,
  source: "nothing",
};

/**
 * Picks the token of an attempt. The device's own token goes first, since it opens nothing but
 * this device's role; the shared one follows once when that is refused.
 */
export function offer(credentials: Credentials, choice: CredentialChoice): Offer {
  const { bootstrapToken, deviceToken, sharedToken, password } = credentials;
  if (bootstrapToken !== undefined) return { ...nothing, bootstrapToken, source: "setup code" };
  const both =
    deviceToken !== undefined && sharedToken !== undefined && deviceToken !== sharedToken;
  if (deviceToken !== undefined && (choice === "first" || !both)) {
    return { ...nothing, token: deviceToken, password, another: both, source: "device token" };
  }
  if (sharedToken !== undefined) {
    return { ...nothing, token: sharedToken, password, source: "gateway token" };
  }
  return password === undefined ? nothing : { ...nothing, password, source: "password" };
}
