// One client socket with everything that it reports.
import { type Failure, failureOfSocket } from "../../src/client/failure.ts";
import type { Socket, SocketOptions } from "../../src/platform/ports.ts";
import { systemSockets } from "../../src/platform/websocket-client.ts";

export class Dialled implements Disposable {
  /** Names of the reports in their order. */
  readonly reports: string[] = [];
  readonly texts: string[] = [];
  readonly failures: Failure[] = [];
  readonly opened = Promise.withResolvers<void>();
  readonly closed = Promise.withResolvers<{ code: number; reason: string }>();
  readonly socket: Socket;

  constructor(options: SocketOptions, maxFrameBytes = 1_000_000) {
    this.socket = systemSockets.open(options, maxFrameBytes, {
      onOpen: () => {
        this.reports.push("open");
        this.opened.resolve();
      },
      onText: (text) => {
        this.reports.push("text");
        this.texts.push(text);
      },
      onActivity: () => void this.reports.push("activity"),
      onError: (error) => {
        this.reports.push("error");
        this.failures.push(failureOfSocket(error));
      },
      onClose: (code, reason) => {
        this.reports.push("close");
        this.closed.resolve({ code, reason });
      },
    });
  }

  /** Why it could not be opened. */
  async failure(): Promise<Failure | undefined> {
    await this.closed.promise;
    return this.failures[0];
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}
