import { UsageError } from "../lib/errors.ts";

/**
 * Normalises a SHA-256 certificate fingerprint to 64 lower-case hex digits. Accepts what gateways
 * print: `sha256:AA:BB…`, `SHA-256 aabb…`, with colons or blanks or without, and openssl's line.
 */
export function parseFingerprint(text: string, flag: string): string {
  const body = text.trim().replace(/^sha-?256(?:\s+fingerprint\s*=|\s*:)?/i, "");
  const hex = body.replace(/[\s:]/g, "").toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new UsageError(
      `Cannot use ${flag} "${text}": a SHA-256 fingerprint has 64 hex digits, this has ${hex.length} characters`,
      "Print it on the gateway: openssl x509 -in CERT.pem -noout -fingerprint -sha256",
    );
  }
  return hex;
}

/** Shows a fingerprint in the form that openssl and browsers print. */
export function formatFingerprint(hex: string): string {
  return (hex.match(/../g) ?? []).join(":").toUpperCase();
}
