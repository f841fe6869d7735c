import type { ConnectParams, Role } from "../protocol/connect.ts";
import { signaturePayload } from "../protocol/device-signature.ts";
import type { SignatureForm } from "./connection-state.ts";
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
  /** Without a nonce the oldest form is signed, whatever is wished. */
  readonly signature?: SignatureForm;
  readonly token: string | undefined;
  readonly password: string | undefined;
  /** One-time token of a setup code; goes instead of the others. */
  readonly bootstrapToken?: string | undefined;
}

/** Builds the signed `connect` parameters. Absent optionals are left out: gateways refuse nulls. */
export function connectRequest(
  profile: ClientProfile,
  signer: DeviceSigner,
  { nonce, signedAtMs, signature: form, token, password, bootstrapToken }: Handshake,
): ConnectParams {
  const signature = signer.sign(
    signaturePayload({
      deviceId: signer.deviceId,
      clientId: profile.client.id,
      clientMode: profile.client.mode,
      role: profile.role,
      scopes: profile.scopes,
      signedAtMs,
      token: token ?? bootstrapToken ?? "",
      nonce,
      ...(form === "v3" ? { machine: profile.client } : {}),
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
    ...((token ?? password ?? bootstrapToken) === undefined
      ? {}
      : {
          auth: {
            ...(token === undefined ? {} : { token }),
            ...(password === undefined ? {} : { password }),
            ...(bootstrapToken === undefined ? {} : { bootstrapToken }),
          },
        }),
  };
}
