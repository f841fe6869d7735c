// An HTTP proxy for CONNECT (RFC 9110 §9.3.6), with a password if wanted.
import { connect } from "node:net";
import { RawServer, head } from "./raw-server.ts";

export class ConnectProxy implements AsyncDisposable {
  /** First lines of all requests. */
  readonly requests: string[] = [];
  #server!: RawServer;

  static async start(credentials?: string): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    const wanted =
      credentials === undefined
        ? undefined
        : `Basic ${Buffer.from(credentials).toString("base64")}`;
    proxy.#server = await RawServer.start(async (socket) => {
      const text = await head(socket);
      proxy.requests.push(text.slice(0, text.indexOf("\r\n")));
      const given = /^proxy-authorization: *(.*)\r$/im.exec(text)?.[1];
      if (given !== wanted) {
        return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      }
      const [, host = "", port = ""] = /^CONNECT \[?(.*?)\]?:(\d+) /.exec(text) ?? [];
      const upstream = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
      socket.on("close", () => upstream.destroy());
    });
    return proxy;
  }

  get port(): number {
    return this.#server.port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}
