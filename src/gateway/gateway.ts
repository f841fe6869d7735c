/** The embedded gateway: the server's side of protocol 3. */
import type {
  Cancel,
  Clock,
  Files,
  Log,
  Random,
  ServerSocket,
  WebSocketServer,
} from "../platform/ports.ts";
import { closeCodes, gatewayEvents } from "../protocol/gateway-errors.ts";
import { gatewayMaxFrameBytes, handshakeMs, tickIntervalMs } from "../protocol/limits.ts";
import { DeviceBook } from "./device-book.ts";
import { deviceFiles } from "./device-files.ts";
import { Line } from "./line.ts";
import { Switchboard } from "./switchboard.ts";

export interface GatewayPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly servers: WebSocketServer;
  readonly log: Log;
}

export interface GatewayOptions {
  /** Address to listen on. */
  readonly bind: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Opens the gateway for everybody who has it. */
  readonly token: string;
  /** Nodes on this machine wait for an approval as well. */
  readonly requirePairing: boolean;
  /** Where paired and pending devices are kept. */
  readonly directory: string;
  /** What the gateway says of itself. */
  readonly version: string;
  readonly host: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** @default 30 000 */
  readonly tickIntervalMs?: number;
  /** @default 10 000 */
  readonly handshakeMs?: number;
}

export interface RunningGateway {
  readonly hostname: string;
  readonly port: number;
  /** Says good-bye to everybody and settles when the port is free. */
  stop(): Promise<void>;
}

/** Starts to listen. Throws ConfigError for damaged pairing files, else what the system says. */
export function startGateway(ports: GatewayPorts, options: GatewayOptions): RunningGateway {
  const devices = new DeviceBook(
    deviceFiles(ports.files, options.directory),
    ports.clock,
    ports.random,
  );
  const everyMs = options.tickIntervalMs ?? tickIntervalMs;
  const board = new Switchboard(ports, devices, {
    sharedToken: options.token,
    requirePairing: options.requirePairing,
    version: options.version,
    host: options.host,
    tickIntervalMs: everyMs,
    handshakeMs: options.handshakeMs ?? handshakeMs,
  });
  const lines = new Map<ServerSocket, Line>();
  let stopping = false;
  const listener = ports.servers.listen(
    {
      hostname: options.bind,
      port: options.port,
      maxFrameBytes: gatewayMaxFrameBytes,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
    },
    {
      onOpen(socket) {
        if (stopping) return socket.close(closeCodes.serviceRestart, "service restart");
        const line = new Line(board, socket);
        if (!board.limit.enter(line)) return;
        lines.set(socket, line);
        line.challenge();
      },
      onText: (socket, text) => lines.get(socket)?.receive(text),
      onActivity: (socket) => lines.get(socket)?.heard(),
      onClose(socket, code, reason) {
        lines.get(socket)?.ended(code, reason);
        lines.delete(socket);
      },
    },
  );
  const stopTicking = every(ports.clock, everyMs, () => {
    board.peers.broadcast(gatewayEvents.tick, { ts: ports.clock.now() });
    for (const line of lines.values()) line.checkLife();
  });
  return {
    hostname: listener.hostname,
    port: listener.port,
    async stop() {
      stopping = true;
      stopTicking();
      const bye = { reason: "gateway stopping", restartExpectedMs: null };
      board.peers.broadcast(gatewayEvents.shutdown, bye);
      for (const line of lines.values()) line.close(closeCodes.serviceRestart, "service restart");
      await listener.stop();
    },
  };
}

/** Calls back again and again until it is cancelled. */
function every(clock: Clock, ms: number, callback: () => void): Cancel {
  let cancel = clock.after(ms, function again() {
    cancel = clock.after(ms, again);
    callback();
  });
  return () => cancel();
}
