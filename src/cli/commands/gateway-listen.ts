/** Where `gateway run` listens, as its flags say it, and what stands in the way. */
import { X509Certificate, createPrivateKey } from "node:crypto";

import { parseHost } from "../../client/endpoint.ts";
import { ConfigError, UsageError, UserError, codeOf, messageOf } from "../../lib/errors.ts";
import type { Files } from "../../platform/ports.ts";
import { readStateFile } from "../../state/json-file.ts";

/** The address for `loopback`, `lan` or an address itself. */
export function bindAddress(text: string): string {
  if (text === "loopback") return "127.0.0.1";
  return text === "lan" ? "0.0.0.0" : parseHost(text, "--bind");
}

export function isLoopbackAddress(address: string): boolean {
  return address === "::1" || address === "localhost" || address.startsWith("127.");
}

/** Also 0, which lets the system choose. */
export function listenPort(text: string): number {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`Cannot use --port "${text}": a port is a number from 0 to 65535`);
}

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate, as clients pin it. */
  readonly fingerprint: string;
}

/** Reads certificate and key; undefined when neither is given. */
export function readTls(
  files: Files,
  certFile: string | undefined,
  keyFile: string | undefined,
): TlsFiles | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    const [given, missing] =
      certFile === undefined ? ["--tls-key", "--tls-cert"] : ["--tls-cert", "--tls-key"];
    throw new UsageError(`Cannot use ${given} without ${missing}: TLS needs both`);
  }
  const cert = readPem(files, certFile, "--tls-cert");
  const key = readPem(files, keyFile, "--tls-key");
  const certificate = parsed(() => new X509Certificate(cert));
  if (certificate === undefined) throw notPem("--tls-cert", certFile, "CERTIFICATE");
  const privateKey = parsed(() => createPrivateKey(key));
  if (privateKey === undefined) throw notPem("--tls-key", keyFile, "PRIVATE KEY");
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigError(`Cannot use --tls-key "${keyFile}": it is not the key of "${certFile}"`);
  }
  return { cert, key, fingerprint: certificate.fingerprint256 };
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function notPem(flag: string, path: string, label: string): ConfigError {
  return new ConfigError(`Cannot use ${flag} "${path}": it holds no PEM ${label.toLowerCase()}`, {
    hint: `It begins with: -----BEGIN ${label}-----`,
  });
}

function readPem(files: Files, path: string, flag: string): string {
  const text = readStateFile(files, path);
  if (text !== undefined) return text;
  throw new ConfigError(`Cannot use ${flag} "${path}": there is no such file`);
}

/** What a failed listen means for the user. */
export function listenError(error: unknown, address: string, port: number): unknown {
  const where = `${address.includes(":") ? `[${address}]` : address}:${port}`;
  const failure = (why: string, hint: string): UserError =>
    new UserError(`Cannot listen on ${where}: ${why}`, { hint, cause: error });
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return failure(
        "another program uses this port",
        `Use another one: --port ${port === 65_535 ? port - 1 : port + 1}; who has it: ss -ltnp 'sport = :${port}'`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return failure(
        "this machine does not have this address",
        "Use one of its own, or --bind lan for all of them",
      );
    case "EACCES":
      return failure("this port is reserved for the administrator", "Use one from 1024 on: --port");
    default:
      if (error instanceof UserError) return error;
      return failure(messageOf(error), "See: clawdbot gateway run --help");
  }
}
