import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { formatFingerprint, parseFingerprint } from "../../src/client/fingerprint.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { holds } from "../fakes/property.ts";

const hex = "0123456789abcdef".repeat(4);
const colons = formatFingerprint(hex);

describe("parseFingerprint", () => {
  test.each([
    ["hex digits", hex],
    ["capitals", hex.toUpperCase()],
    ["colons", colons],
    ["small letters and colons", colons.toLowerCase()],
    ["the gateway's prefix", `sha256:${colons}`],
    ["another prefix", `SHA-256 ${hex}`],
    ["a prefix with blanks", `  Sha256 : ${colons}  `],
    ["the whole line of openssl", `sha256 Fingerprint=${colons}`],
    ["the whole line of an older openssl", `SHA256 Fingerprint=${colons}\n`],
    ["blanks between the bytes", colons.replaceAll(":", " ")],
    ["line breaks between the bytes", colons.replaceAll(":", "\n")],
  ])("reads %s", (_form, text) => {
    expect(parseFingerprint(text, "--tls-fingerprint")).toBe(hex);
  });

  test.each([
    ["nothing", ""],
    ["a prefix alone", "sha256:"],
    ["a digit too few", hex.slice(1)],
    ["a digit too many", `${hex}0`],
    ["a letter that is no digit", `${hex.slice(1)}g`],
    ["SHA-1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    ["SHA-512", hex + hex],
    ["another algorithm's name", `sha1:${hex}`],
    ["two prefixes", `sha256:sha256:${hex}`],
    ["base64", "AbCdEf0123456789AbCdEf0123456789AbCdEf01234="],
    ["hyphens", hex.replace(/../g, "$&-")],
    ["digits of another script", `٠${hex.slice(1)}`],
    ["a URL", `https://evil/${hex}`],
  ])("refuses %s with the command that prints one", (_form, text) => {
    let thrown: unknown;
    try {
      parseFingerprint(text, "--tls-fingerprint");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UsageError);
    expect((thrown as UsageError).message).toContain("--tls-fingerprint");
    expect((thrown as UsageError).hint).toContain("openssl x509");
  });

  test("reads every fingerprint as it is shown", () => {
    holds(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const text = Buffer.from(bytes).toString("hex");
        expect(parseFingerprint(formatFingerprint(text), "x")).toBe(text);
      }),
    );
  });
});
