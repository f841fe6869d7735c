// Program: a reverse proxy that says whom it forwards for. The gateway then sees a remote client,
// as it does behind nginx, and asks for pairing.
// With SKEW_MS the gateway's challenge tells another time, as if one of the two clocks were wrong.
//   bun forwarding-proxy.ts LISTEN_PORT GATEWAY_PORT [SKEW_MS]
import { connect, createServer } from "node:net";
import { Transform } from "node:stream";

const FORWARDED = "X-Forwarded-For: 203.0.113.7\r\n";
const [listenPort, gatewayPort, skewMs = 0] = process.argv.slice(2).map(Number);
if (!listenPort || !gatewayPort)
  throw new Error("usage: forwarding-proxy LISTEN_PORT GATEWAY_PORT");

/** The first time that the gateway tells, in its challenge; it stays as long as it was. */
function skewed(): Transform {
  let told = skewMs === 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (told) return done(undefined, chunk);
      const text = chunk.toString("latin1").replace(/"ts":(\d{13})/, (_all, ts: string) => {
        told = true;
        return `"ts":${Number(ts) + skewMs}`;
      });
      done(undefined, Buffer.from(text, "latin1"));
    },
  });
}

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
    gateway.pipe(skewed()).pipe(client);
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
