/**
 * Setup codes: one short-lived text with which a gateway lets a device in once, address included.
 * No message here repeats a code: whoever reads it could use it.
 */
import * as z from "zod/mini";

import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { parseJson } from "../lib/json.ts";
import { isLoopback } from "./address.ts";
import { type Endpoint, unbracketed } from "./endpoint.ts";
import { parseFingerprint } from "./fingerprint.ts";

export interface SetupCode {
  /** Where the gateway may be reached, in the order of trying; at least one. */
  readonly endpoints: readonly Endpoint[];
  /** Opens the gateway once, for this device. */
  readonly bootstrapToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number | undefined;
  /** Lower-case hex SHA-256 of the gateway's certificate. */
  readonly pin: string | undefined;
}

const address = z.string().check(z.minLength(1), z.maxLength(2048));
const payload = z.object({
  url: address,
  urls: z.optional(z.array(address).check(z.minLength(1), z.maxLength(8))),
  bootstrapToken: z.string().check(z.regex(/^[\x21-\x7e]{1,512}$/)),
  expiresAtMs: z.optional(z.int()),
  tlsFingerprint: z.optional(z.string()),
});

const prefix = /^oc-pair:(?:\/\/)?/i;
const longestCode = 32_768;
const newCode = "Make a new one with access to the gateway: clawdbot devices setup-code";

/** Reads `oc-pair://…` or the bare code. Throws a UserError. */
export function parseSetupCode(text: string): SetupCode {
  const code = text.trim().replace(prefix, "").replace(/=+$/, "");
  if (code === "") throw broken("it is empty");
  if (code.length > longestCode) throw broken(`it has ${code.length} characters`);
  if (!/^[A-Za-z0-9_-]+$/.test(code)) {
    throw broken(
      "a code consists of letters, digits, - and _ only; is a part of it missing, or a line broken?",
    );
  }
  return parseSetupPayload(decoded(code));
}

/** Reads the JSON that a code carries, and that a join address answers with. */
export function parseSetupPayload(text: string): SetupCode {
  const json = parseJson(text);
  const parsed = payload.safeParse(json?.value);
  if (!parsed.success) {
    throw broken(
      json === undefined
        ? "it does not decode; was it copied as a whole?"
        : "it does not say what a setup code says",
    );
  }
  const { url, urls = [], bootstrapToken, expiresAtMs, tlsFingerprint } = parsed.data;
  const endpoints = [...new Set([url, ...urls])].map(endpointOf);
  return { endpoints, bootstrapToken, expiresAtMs, pin: pinOf(tlsFingerprint, endpoints) };
}

/** Throws when the time of a code is over. */
export function refuseExpired({ expiresAtMs }: SetupCode, nowMs: number): void {
  if (expiresAtMs === undefined || expiresAtMs > nowMs) return;
  throw new UserError(
    `Cannot use the setup code: it expired at ${timeOf(expiresAtMs)}, now it is ${timeOf(nowMs)}`,
    { exitCode: exitCode.auth, hint: newCode },
  );
}

function timeOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "an impossible time" : date.toISOString();
}

/** A code may be an address instead that answers with it, once. Undefined: it is none. */
export function joinAddress(text: string): string | undefined {
  const trimmed = text.trim();
  if (!/^https?:/i.test(trimmed)) return undefined;
  const url = tryUrl(trimmed);
  if (url === undefined || url.hostname === "" || url.username !== "" || url.password !== "") {
    throw broken("it looks like a join address and is none");
  }
  if (url.protocol === "http:" && !isLoopback(unbracketed(url.hostname))) {
    throw broken(
      "a join address begins with https://; anybody on the way could use this one first",
    );
  }
  url.hash = "";
  return url.href;
}

/** Reads what a join address answered. */
export function parseJoinAnswer(status: number, text: string): SetupCode {
  if (status === 200) return parseSetupPayload(text);
  if (status === 404 || status === 410) {
    throw new UserError(
      "Cannot use the join address: the gateway does not know it; it was used, has expired or was mistyped",
      { exitCode: exitCode.auth, hint: newCode },
    );
  }
  throw new UserError(`Cannot use the join address: it was answered with HTTP status ${status}`, {
    exitCode: exitCode.temporary,
    hint:
      status === 429
        ? "The gateway wants fewer attempts; try again in a minute"
        : "Look at it in the gateway's log, or use a setup code instead",
  });
}

function decoded(code: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(code, "base64url"));
  } catch {
    throw broken("it does not decode; was it copied as a whole?");
  }
}

function endpointOf(text: string): Endpoint {
  const url = tryUrl(text);
  const tls = url?.protocol === "wss:";
  const plain = url !== undefined && (tls || url.protocol === "ws:") && url.hostname !== "";
  if (!plain || url.username + url.password + url.search + url.hash !== "" || url.port === "0") {
    throw broken("an address in it is not ws://HOST:PORT or wss://HOST:PORT");
  }
  const port = url.port === "" ? (tls ? 443 : 80) : Number(url.port);
  return { host: unbracketed(url.hostname), port, tls, path: url.pathname };
}

/** A certificate that is named must be checked: an address without one would check nothing. */
function pinOf(text: string | undefined, endpoints: readonly Endpoint[]): string | undefined {
  if (text === undefined) return undefined;
  if (!endpoints.every(({ tls }) => tls)) {
    throw broken("it names a certificate, and an address without one");
  }
  try {
    return parseFingerprint(text, "tlsFingerprint");
  } catch {
    throw broken("the certificate fingerprint in it is none");
  }
}

function broken(problem: string): UserError {
  return new UserError(`Cannot use the setup code: ${problem}`, {
    exitCode: exitCode.usage,
    hint: newCode,
  });
}

function tryUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
