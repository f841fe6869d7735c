// Program: a reverse proxy that says whom it forwards for. The gateway then sees a remote client,
// as it does behind nginx, and asks for pairing.
//   bun forwarding-proxy.ts LISTEN_PORT GATEWAY_PORT
import { connect, createServer } from "node:net";

const FORWARDED = "X-Forwarded-For: 203.0.113.7\r\n";
const [listenPort, gatewayPort] = process.argv.slice(2).map(Number);
if (!listenPort || !gatewayPort)
  throw new Error("usage: forwarding-proxy LISTEN_PORT GATEWAY_PORT");

const server = createServer((client) => {
  const gateway = connect(gatewayPort, "127.0.0.1");
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const requestLineEnd = head.indexOf("\r\n");
    if (requestLineEnd === -1) return;
    client.off("data", readHead);
    gateway.write(head.subarray(0, requestLineEnd + 2));
    gateway.write(FORWARDED);
    gateway.write(head.subarray(requestLineEnd + 2));
    client.pipe(gateway);
    gateway.pipe(client);
  };
  client.on("data", readHead);
  // Either side gone means both gone: a proxy that keeps half of a line hides a dead gateway.
  for (const [socket, other] of [
    [client, gateway],
    [gateway, client],
  ] as const) {
    socket.on("error", () => other.destroy());
    socket.on("close", () => other.destroy());
  }
});
server.listen(listenPort, "127.0.0.1", () => console.log("listening"));
