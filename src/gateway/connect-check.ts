/** The checks of a `connect` request that need no memory: shape, version, role, device, signature. */
import { type ConnectParams, type Role, connectParams } from "../protocol/connect.ts";
import { scopes as knownScopes } from "../protocol/access.ts";
import { signaturePayload } from "../protocol/device-signature.ts";
import { closeCodes, errorCodes } from "../protocol/gateway-errors.ts";
import { maxScopeChars, maxScopes, oldestProtocol, signatureSkewMs } from "../protocol/limits.ts";
import { readDeviceKey } from "./device-key.ts";
import { paramsProblem } from "./params-problem.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** The version that is answered; newer clients that still speak it are welcome. */
export const servedProtocol = oldestProtocol;

export interface ConnectFacts {
  readonly nowMs: number;
  /** Nonce of this connection's challenge. */
  readonly nonce: string;
  readonly local: boolean;
}

/** A connect request whose sender holds the key of the device that it names. */
export interface Claim {
  readonly deviceId: string;
  /** Raw key, base64url. */
  readonly publicKey: string;
  readonly role: Role;
  /** What is asked for; an operator that names nothing asks for everything. */
  readonly scopes: readonly string[];
  readonly token: string | undefined;
  readonly params: ConnectParams;
}

export type ConnectCheck =
  | { readonly ok: true; readonly claim: Claim }
  | { readonly ok: false; readonly refusal: Refusal };

/** Checks in the order in which the reference gateway does; the first failure is the answer. */
export function checkConnect(value: unknown, facts: ConnectFacts): ConnectCheck {
  const parsed = connectParams.safeParse(value);
  if (!parsed.success)
    return refuse(`invalid connect params: ${paramsProblem(parsed.error, value)}`);
  const params = parsed.data;
  if (params.maxProtocol < servedProtocol || params.minProtocol > servedProtocol) {
    const details = { expectedProtocol: servedProtocol };
    return refuse("protocol mismatch", { details, closeCode: closeCodes.protocolError });
  }
  const role = params.role ?? "operator";
  if (role !== "operator" && role !== "node") return refuse("invalid role");
  const asked = params.scopes ?? [];
  if (asked.length > maxScopes || asked.some((scope) => scope.length > maxScopeChars)) {
    return refuse(
      `invalid connect params: at /scopes: at most ${maxScopes} of ${maxScopeChars} characters`,
    );
  }
  // The reference lets a token alone in; such a node would have no id of its own.
  if (params.device === undefined) {
    return refuse("device identity required", { code: errorCodes.notPaired });
  }
  const proof = checkDevice(params, params.device, role, facts);
  if (typeof proof === "string") return refuse(proof);
  return {
    ok: true,
    claim: {
      deviceId: proof.deviceId,
      publicKey: proof.publicKey,
      role,
      scopes: grantable(role, asked),
      token: params.auth?.token === "" ? undefined : params.auth?.token,
      params,
    },
  };
}

/** The device's key and id, or what is wrong with them. */
function checkDevice(
  params: ConnectParams,
  device: NonNullable<ConnectParams["device"]>,
  role: Role,
  facts: ConnectFacts,
): { readonly deviceId: string; readonly publicKey: string } | string {
  const key = readDeviceKey(device.publicKey);
  if (key === undefined) return "device public key invalid";
  if (key.deviceId !== device.id) return "device identity mismatch";
  if (Math.abs(facts.nowMs - device.signedAt) > signatureSkewMs) return "device signature expired";
  const nonce = device.nonce?.trim() ?? "";
  if (nonce === "" && !facts.local) return "device nonce required";
  if (nonce !== "" && nonce !== facts.nonce) return "device nonce mismatch";
  const signed = signaturePayload({
    deviceId: device.id,
    clientId: params.client.id,
    clientMode: params.client.mode,
    role,
    scopes: params.scopes ?? [],
    signedAtMs: device.signedAt,
    token: params.auth?.token ?? "",
    nonce: nonce === "" ? undefined : nonce,
  });
  if (!key.verifies(signed, device.signature)) return "device signature invalid";
  return { deviceId: key.deviceId, publicKey: key.publicKey };
}

function grantable(role: Role, asked: readonly string[]): readonly string[] {
  const clean = [...new Set(asked.map((scope) => scope.trim()).filter((scope) => scope !== ""))];
  if (clean.length === 0 && role === "operator") return [knownScopes.admin];
  return clean.toSorted();
}

function refuse(...reason: Parameters<typeof refusal>): ConnectCheck {
  return { ok: false, refusal: refusal(...reason) };
}
