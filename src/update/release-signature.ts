/** Whether a release was signed by whoever made this program. */
import { type KeyObject, createPublicKey, verify } from "node:crypto";

import { UserError } from "../lib/errors.ts";

/** Reads an Ed25519 public key: PEM, or SubjectPublicKeyInfo in base64. Throws UserError. */
export function publicKey(text: string, name: string): KeyObject {
  let key: KeyObject | undefined;
  // A private key would be accepted, too, and has no place here.
  if (!text.includes("PRIVATE")) key = parse(text.trim());
  if (key?.asymmetricKeyType === "ed25519") return key;
  throw new UserError(
    `Cannot use "${name}": it holds no public key of the kind Ed25519 (PEM or base64)`,
    { hint: "From the private key: openssl pkey -in KEY -pubout -out FILE" },
  );
}

function parse(text: string): KeyObject | undefined {
  try {
    return text.startsWith("-----")
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** `signature` is the text of SHA256SUMS.sig: 64 bytes in base64. */
export function isSignedBy(key: KeyObject, content: Uint8Array, signature: string): boolean {
  const bytes = Buffer.from(signature.trim(), "base64");
  return bytes.length === 64 && verify(null, content, key, bytes);
}
