// A TLS server that counts what reaches it behind the handshake, and answers nothing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Server, createServer } from "node:tls";

export type CertificateName = "self-signed" | "issued" | "other-name" | "expired" | "ca";

const folder = join(import.meta.dir, "../fixtures/tls");

/** A certificate of test/fixtures/tls with its key. */
export function certificate(name: CertificateName): {
  readonly cert: string;
  readonly key: string;
} {
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  return { cert: read(`${name}.pem`), key: read(`${name}-key.pem`) };
}

export const authority = certificate("ca").cert;

/** SHA-256 of the certificate's DER, lower-case hex. */
export function fingerprintOf(name: CertificateName): string {
  const base64 = certificate(name).cert.replace(/-----[^-]+-----/g, "");
  return new Bun.CryptoHasher("sha256").update(Buffer.from(base64, "base64")).digest("hex");
}

export class TlsServer implements AsyncDisposable {
  /** Bytes that came in behind handshakes. */
  bytes = 0;
  readonly #server: Server;

  private constructor(name: CertificateName) {
    this.#server = createServer(certificate(name), (socket) => {
      socket.on("error", () => {});
      socket.on("data", (data) => (this.bytes += data.length));
    });
    this.#server.on("tlsClientError", () => {});
  }

  static async start(name: CertificateName): Promise<TlsServer> {
    const server = new TlsServer(name);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
