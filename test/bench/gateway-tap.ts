// The gateway's server with an ear on its lines: when a node's connect request comes in, and how
// long a node has an invocation.
import { systemWebSocketServer } from "../../src/platform/websocket-server.ts";
import type { ServerSocket, WebSocketServer } from "../../src/platform/ports.ts";
import { invokeRequestEvent, invokeResultMethod } from "../../src/protocol/node-invoke.ts";

export class GatewayTap {
  #onConnect: ((at: number) => void) | undefined;
  #invokedAt = 0;
  /** Between the newest request to a node and the newest result of one. */
  lastInvocationMs = 0;

  readonly servers: WebSocketServer = {
    listen: (options, handlers) => {
      const tapped = new Map<ServerSocket, ServerSocket>();
      const ear = (socket: ServerSocket): ServerSocket => tapped.get(socket) ?? socket;
      return systemWebSocketServer.listen(options, {
        onOpen: (socket) => {
          const send = (text: string): boolean => {
            this.#sending(text);
            return socket.send(text);
          };
          tapped.set(socket, { ...socket, send });
          handlers.onOpen(ear(socket));
        },
        onText: (socket, text) => {
          this.#received(text);
          handlers.onText(ear(socket), text);
        },
        onActivity: (socket) => handlers.onActivity?.(ear(socket)),
        onClose: (socket, code, reason) => {
          handlers.onClose(ear(socket), code, reason);
          tapped.delete(socket);
        },
      });
    },
  };

  /** When the next connect request of a node is there, on the clock of `performance.now()`. */
  nextConnect(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#onConnect = resolve;
    return promise;
  }

  #sending(text: string): void {
    if (text.includes(`"event":"${invokeRequestEvent}"`)) this.#invokedAt = performance.now();
  }

  #received(text: string): void {
    const now = performance.now();
    if (text.includes(`"method":"${invokeResultMethod}"`)) {
      this.lastInvocationMs = now - this.#invokedAt;
    } else if (this.#onConnect !== undefined && isNodeConnect(text)) {
      this.#onConnect(now);
      this.#onConnect = undefined;
    }
  }
}

function isNodeConnect(text: string): boolean {
  return text.includes(`"method":"connect"`) && text.includes(`"role":"node"`);
}
