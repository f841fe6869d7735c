import type { ConnectParams, Role } from "../protocol/connect.ts";
import { signaturePayload } from "../protocol/device-signature.ts";
import { newestProtocol, oldestProtocol } from "../protocol/limits.ts";

/** The device's key, able to sign and not to show itself. */
export interface DeviceSigner {
  /** Lower-case hex SHA-256 of the raw public key. */
  readonly deviceId: string;
  /** Raw public key, base64url without padding. */
  readonly publicKey: string;
  /** Ed25519 signature over the UTF-8 text, base64url without padding. */
  sign(text: string): string;
}

/** Who connects: everything of a connect request that stays the same over reconnects. */
export interface ClientProfile {
  readonly client: ConnectParams["client"];
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly caps?: readonly string[];
  readonly commands?: readonly string[];
  readonly pathEnv?: string;
}

export interface Handshake {
  readonly nonce: string | undefined;
  readonly signedAtMs: number;
  readonly token: string | undefined;
  readonly password: string | undefined;
}

/** Builds the signed `connect` parameters. Absent optionals are left out: gateways refuse nulls. */
export function connectRequest(
  profile: ClientProfile,
  signer: DeviceSigner,
  { nonce, signedAtMs, token, password }: Handshake,
): ConnectParams {
  const signature = signer.sign(
    signaturePayload({
      deviceId: signer.deviceId,
      clientId: profile.client.id,
      clientMode: profile.client.mode,
      role: profile.role,
      scopes: profile.scopes,
      signedAtMs,
      token: token ?? "",
      nonce,
    }),
  );
  return {
    minProtocol: oldestProtocol,
    maxProtocol: newestProtocol,
    client: profile.client,
    ...(profile.caps === undefined ? {} : { caps: [...profile.caps] }),
    ...(profile.commands === undefined ? {} : { commands: [...profile.commands] }),
    ...(profile.pathEnv === undefined ? {} : { pathEnv: profile.pathEnv }),
    role: profile.role,
    scopes: [...profile.scopes],
    device: {
      id: signer.deviceId,
      publicKey: signer.publicKey,
      signature,
      signedAt: signedAtMs,
      ...(nonce === undefined ? {} : { nonce }),
    },
    ...(token === undefined && password === undefined
      ? {}
      : {
          auth: {
            ...(token === undefined ? {} : { token }),
            ...(password === undefined ? {} : { password }),
          },
        }),
  };
}
