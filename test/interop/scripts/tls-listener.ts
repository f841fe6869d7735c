// Program: a TLS server that only listens. It prints how many bytes each client gave away after
// the handshake, which is what a stranger with a certificate of his own would learn.
//   bun tls-listener.ts LISTEN_PORT CERT_FILE KEY_FILE
import { readFileSync } from "node:fs";
import { createServer } from "node:tls";

const [port, certFile, keyFile] = process.argv.slice(2);
if (!port || !certFile || !keyFile) throw new Error("usage: tls-listener PORT CERT_FILE KEY_FILE");

const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile) },
  (client) => {
    console.log("handshake");
    client.on("data", (chunk) => console.log(`received ${chunk.length} bytes`));
    client.on("error", () => {});
  },
);
server.on("tlsClientError", (error) => console.log(`refused by client: ${error.message}`));
server.listen(Number(port), "127.0.0.1", () => console.log("listening"));
