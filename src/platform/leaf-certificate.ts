/** Reads a TLS server's leaf certificate without sending anything but the handshake. */
import { connect as connectTcp, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type PeerCertificate, connect as connectTls } from "node:tls";

import { codeOf } from "../lib/errors.ts";
import type { ServerCertificate, SocketOptions } from "./ports.ts";

interface LeafCertificate extends ServerCertificate {
  readonly pem: string;
}

const proxyAnswerBytes = 16_384;

/** Rejects with a HandshakeError. The certificate is not verified: the caller compares it. */
export async function readLeafCertificate(
  options: Pick<SocketOptions, "url" | "proxy">,
  signal: AbortSignal,
): Promise<LeafCertificate> {
  const url = new URL(options.url);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port || "443");
  const tunnel =
    options.proxy === undefined
      ? undefined
      : await openTunnel(new URL(options.proxy), `${url.hostname}:${port}`, signal);
  if (signal.aborted) throw tlsError("aborted", undefined);
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port,
      rejectUnauthorized: false,
      ...(tunnel === undefined ? {} : { socket: tunnel }),
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const abort = (): void => void socket.destroy(new Error("aborted"));
    signal.addEventListener("abort", abort, { once: true });
    const finish = (settle: () => void): void => {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      settle();
    };
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerCertificate();
      finish(() =>
        hasRaw(certificate)
          ? resolve(leafOf(certificate))
          : reject(tlsError("the server shows no certificate", undefined)),
      );
    });
    socket.once("error", (error) => finish(() => reject(tlsError(error.message, codeOf(error)))));
    socket.once("close", () => finish(() => reject(tlsError("connection closed", "ECONNRESET"))));
  });
}

function hasRaw(certificate: PeerCertificate): boolean {
  return certificate.raw instanceof Uint8Array && certificate.raw.length > 0;
}

function leafOf(certificate: PeerCertificate): LeafCertificate {
  const body = certificate.raw.toString("base64").replace(/.{1,64}/g, "$&\n");
  return {
    pem: `-----BEGIN CERTIFICATE-----\n${body}-----END CERTIFICATE-----\n`,
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validToMs: timeOf(certificate.valid_to),
  };
}

function nameOf(name: PeerCertificate["subject"]): string | undefined {
  return [name.CN, name.O].flat().find(Boolean);
}

function timeOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6). */
function openTunnel(proxy: URL, authority: string, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const host = proxy.hostname.replace(/^\[(.*)\]$/, "$1");
    const secure = proxy.protocol === "https:";
    const target = { host, port: Number(proxy.port || (secure ? "443" : "80")) };
    const socket = secure ? connectTls(target) : connectTcp(target);
    signal.addEventListener("abort", () => socket.destroy(), { once: true });
    socket.once("error", (error) => reject(proxyError(error.message)));
    socket.once("close", () => reject(proxyError("closed the connection")));
    socket.once(secure ? "secureConnect" : "connect", () => {
      const lines = [
        `CONNECT ${authority} HTTP/1.1`,
        `Host: ${authority}`,
        ...authorization(proxy),
      ];
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    });
    let answer = "";
    const read = (chunk: Buffer): void => {
      answer += chunk.toString("latin1");
      if (!answer.includes("\r\n\r\n") && answer.length < proxyAnswerBytes) return;
      socket.off("data", read);
      const status = answer.slice(0, answer.indexOf("\r\n"));
      if (/^HTTP\/1\.[01] 2\d\d/.test(status)) return resolve(socket);
      socket.destroy();
      reject(proxyError(`answered "${status.slice(0, 100)}"`));
    };
    socket.on("data", read);
  });
}

function authorization({ username, password }: URL): string[] {
  if (username === "") return [];
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [`Proxy-Authorization: Basic ${Buffer.from(pair).toString("base64")}`];
}

/** A failure with the code that tells its kind. */
export class HandshakeError extends Error {
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

function tlsError(detail: string, code: string | undefined): HandshakeError {
  return new HandshakeError(`TLS handshake failed: ${detail}`, code);
}

function proxyError(detail: string): HandshakeError {
  return new HandshakeError(`proxy: ${detail}`, undefined);
}
