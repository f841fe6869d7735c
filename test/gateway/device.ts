// A device with a key of its own, and the connect requests that it makes.
import { generateKeyPairSync } from "node:crypto";
import { type ClientProfile, connectRequest } from "../../src/client/connect-request.ts";
import type { ConnectParams } from "../../src/protocol/connect.ts";
import { type DeviceIdentity, identityOf } from "../../src/state/device-identity.ts";
import { testToken } from "../fakes/embedded-gateway.ts";

export function newDevice(): DeviceIdentity {
  const { privateKey } = generateKeyPairSync("ed25519");
  return identityOf(privateKey.export({ type: "pkcs8", format: "pem" }));
}

export const nodeProfile: ClientProfile = {
  client: {
    id: "node-host",
    displayName: "box",
    version: "9.9.9",
    platform: "linux",
    mode: "node",
  },
  role: "node",
  scopes: [],
  caps: ["system"],
  commands: ["system.run", "system.which", "system.execApprovals.get", "system.execApprovals.set"],
};

export const operatorProfile: ClientProfile = {
  client: { id: "cli", version: "9.9.9", platform: "linux", mode: "cli" },
  role: "operator",
  scopes: ["operator.admin"],
};

export interface Signing {
  readonly profile?: ClientProfile;
  readonly nonce?: string;
  readonly token?: string | undefined;
  readonly signedAtMs?: number;
}

/** A connect request that is right in every way but the given ones. */
export function signedConnect(device: DeviceIdentity, signing: Signing = {}): ConnectParams {
  return connectRequest(signing.profile ?? nodeProfile, device, {
    nonce: signing.nonce,
    signedAtMs: signing.signedAtMs ?? Date.now(),
    token: "token" in signing ? signing.token : testToken,
    password: undefined,
  });
}
