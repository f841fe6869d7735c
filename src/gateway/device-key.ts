/** Ed25519 keys of devices as they travel: raw, in base64url or base64, or as PEM. */
import { type KeyObject, createHash, createPublicKey, verify } from "node:crypto";

/** What precedes the 32 raw bytes in the SPKI form of every Ed25519 public key. */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");
const rawBytes = 32;
const signatureBytes = 64;

export interface DeviceKey {
  /** Lower-case hex SHA-256 of the raw key. */
  readonly deviceId: string;
  /** Raw key in base64url without padding, whatever form it came in. */
  readonly publicKey: string;
  verifies(text: string, signature: string): boolean;
}

/** Undefined for anything that is not an Ed25519 public key. */
export function readDeviceKey(text: string): DeviceKey | undefined {
  const raw = text.includes("BEGIN") ? rawOfPem(text) : bytesOf(text, rawBytes);
  const key = raw && keyOf(raw);
  if (raw === undefined || key === undefined) return undefined;
  return {
    deviceId: createHash("sha256").update(raw).digest("hex"),
    publicKey: raw.toString("base64url"),
    verifies(signed, signature) {
      const bytes = bytesOf(signature, signatureBytes);
      return bytes !== undefined && verify(null, Buffer.from(signed, "utf8"), key, bytes);
    },
  };
}

/** Exactly so many bytes, from base64url or base64, padded or not. */
function bytesOf(text: string, length: number): Buffer | undefined {
  if (text.length > 2 * length || !/^[\w+/-]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === length ? bytes : undefined;
}

function rawOfPem(pem: string): Buffer | undefined {
  try {
    const spki = createPublicKey(pem).export({ type: "spki", format: "der" });
    const ed25519 = spki.length === spkiPrefix.length + rawBytes && spki.indexOf(spkiPrefix) === 0;
    return ed25519 ? spki.subarray(spkiPrefix.length) : undefined;
  } catch {
    return undefined;
  }
}

function keyOf(raw: Buffer): KeyObject | undefined {
  try {
    const key = Buffer.concat([spkiPrefix, raw]);
    return createPublicKey({ key, type: "spki", format: "der" });
  } catch {
    return undefined;
  }
}
