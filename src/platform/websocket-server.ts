/** Server sockets on Bun.serve. */
import type { ServerSocket, WebSocketServer } from "./ports.ts";

interface Connection {
  socket: ServerSocket | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Frames that a client does not read are dropped with the connection beyond this. */
const backpressureBytes = 16 * 1024 * 1024;

/** Nothing is served over plain HTTP, so no body is read either. */
const largestBodyBytes = 1024;

/** Connections that are closing get this long to read their last frames. */
const stopMs = 1000;

/** Bun reports a frame over the limit as 1006 here, while the peer is told 1009. */
const tooBig = { code: 1009, reason: "Received too big message" };

export const systemWebSocketServer: WebSocketServer = {
  listen(options, handlers) {
    const server = Bun.serve<Connection>({
      hostname: options.hostname,
      port: options.port,
      maxRequestBodySize: largestBodyBytes,
      ...(options.tls === undefined
        ? {}
        : { tls: { cert: options.tls.cert, key: options.tls.key } }),
      fetch(request, listening) {
        const headers = Object.fromEntries(request.headers);
        if (listening.upgrade(request, { data: { socket: undefined, headers } })) return undefined;
        return new Response("This is a WebSocket gateway.\n", {
          status: 426,
          headers: { upgrade: "websocket" },
        });
      },
      websocket: {
        maxPayloadLength: options.maxFrameBytes,
        backpressureLimit: backpressureBytes,
        closeOnBackpressureLimit: true,
        // Bun's own timer is reset by what is sent; the gateway looks for signs of life itself.
        idleTimeout: 0,
        sendPings: false,
        perMessageDeflate: false,
        open(ws) {
          const socket: ServerSocket = {
            remoteAddress: ws.remoteAddress,
            headers: ws.data.headers,
            send: (text) => ws.send(text) !== 0,
            ping: () => void ws.ping(),
            close: (code, reason) => ws.close(code, reason),
            terminate: () => ws.terminate(),
            bufferedBytes: () => ws.getBufferedAmount(),
          };
          ws.data.socket = socket;
          handlers.onOpen(socket);
        },
        message(ws, message) {
          const text = typeof message === "string" ? message : new TextDecoder().decode(message);
          if (ws.data.socket !== undefined) handlers.onText(ws.data.socket, text);
        },
        ping(ws) {
          if (ws.data.socket !== undefined) handlers.onActivity?.(ws.data.socket);
        },
        pong(ws) {
          if (ws.data.socket !== undefined) handlers.onActivity?.(ws.data.socket);
        },
        close(ws, code, reason) {
          if (ws.data.socket === undefined) return;
          const shown = reason === tooBig.reason ? tooBig.code : code;
          handlers.onClose(ws.data.socket, shown, reason);
        },
      },
    });
    return {
      hostname: server.hostname ?? options.hostname,
      port: server.port ?? options.port,
      async stop() {
        await Promise.race([server.stop(), Bun.sleep(stopMs)]);
        await server.stop(true);
      },
    };
  },
};
