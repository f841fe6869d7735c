// The embedded gateway on a free port of this machine, with a state directory of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type GatewayOptions,
  type GatewayPorts,
  type RunningGateway,
  startGateway,
} from "../../src/gateway/gateway.ts";
import { systemClock, systemRandom } from "../../src/platform/clock.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { systemWebSocketServer } from "../../src/platform/websocket-server.ts";
import { CollectedLog } from "./collected-log.ts";

export const testToken = "the-test-token";

export class EmbeddedGateway implements AsyncDisposable {
  readonly directory: string;
  readonly log = new CollectedLog();
  readonly #running: RunningGateway;
  readonly #ownsDirectory: boolean;
  readonly #tls: boolean;
  #stopped: Promise<void> | undefined;

  constructor(options: Partial<GatewayOptions> = {}, ports: Partial<GatewayPorts> = {}) {
    this.#ownsDirectory = options.directory === undefined;
    this.#tls = options.tls !== undefined;
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), "clawdbot-gateway-"));
    this.#running = startGateway(
      {
        clock: systemClock,
        random: systemRandom,
        files: systemFiles,
        servers: systemWebSocketServer,
        log: this.log,
        ...ports,
      },
      {
        bind: "127.0.0.1",
        port: 0,
        token: testToken,
        requirePairing: false,
        version: "1.2.3",
        host: "test-host",
        ...options,
        directory: this.directory,
      },
    );
  }

  get port(): number {
    return this.#running.port;
  }

  get url(): string {
    return `${this.#tls ? "wss" : "ws"}://127.0.0.1:${this.port}`;
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#running.stop());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#ownsDirectory) rmSync(this.directory, { recursive: true, force: true });
  }
}
