/** One connection in the role of an operator: made once, used for a command, closed. */
import { type DeviceSigner, connectRequest } from "../client/connect-request.ts";
import { type ConnectionPorts, GatewayConnection } from "../client/connection.ts";
import type { Failure } from "../client/failure.ts";
import type { Route } from "../client/route.ts";
import { formatDuration } from "../lib/duration.ts";
import { UserError } from "../lib/errors.ts";
import type { Cancel } from "../platform/ports.ts";
import type { HelloOk } from "../protocol/connect.ts";
import { frameReserveBytes, gatewayMaxFrameBytes } from "../protocol/limits.ts";
import type { GatewaySecrets } from "../state/secrets.ts";
import { connectError } from "./connect-error.ts";
import { type OperatorClient, operatorProfile } from "./operator-profile.ts";

export interface OperatorOptions {
  readonly route: Route;
  readonly secrets: GatewaySecrets;
  readonly signer: DeviceSigner;
  readonly client: OperatorClient;
  /** For the connection to be made, and for every answer that names no other time. */
  readonly timeoutMs: number;
}

export interface OperatorListener {
  onEvent(event: string, payload: unknown): void;
  /** The connection is gone: nothing more will be heard. */
  onLost(): void;
}

/** What commands do with the gateway. */
export interface Operator {
  readonly hello: HelloOk;
  /** Throws RpcError, NoAnswerError, or a UserError for a request that the gateway cannot take. */
  call(method: string, params: unknown, timeoutMs?: number): Promise<unknown>;
  /** From now on, everything that the gateway tells by itself. */
  listen(listener: OperatorListener): Cancel;
  close(): Promise<void>;
}

/** Connects, or throws the first failure as a UserError: a person waits, so nothing is retried. */
export async function connectOperator(
  ports: ConnectionPorts,
  options: OperatorOptions,
): Promise<Operator> {
  const { route, secrets, signer, timeoutMs } = options;
  const profile = operatorProfile(options.client);
  const outcome = Promise.withResolvers<HelloOk | Failure>();
  const listeners = new Set<OperatorListener>();
  const connection = new GatewayConnection(ports, {
    route: () => route,
    credentials: () => ({
      deviceToken: undefined,
      sharedToken: secrets.token,
      password: secrets.password,
    }),
    connectParams: (handshake) => connectRequest(profile, signer, handshake),
    onState({ phase }) {
      if (phase.name === "connected") outcome.resolve(phase.hello);
      if (phase.name !== "waiting") return;
      outcome.resolve(phase.failure);
      // Without it the connection would be tried again and again.
      void connection.stop();
      for (const listener of listeners) listener.onLost();
    },
    onEvent(event, payload) {
      for (const listener of listeners) listener.onEvent(event, payload);
    },
  });
  const late: Failure = { kind: "timeout", message: `no answer in ${formatDuration(timeoutMs)}` };
  const cancelLimit = ports.clock.after(timeoutMs, () => outcome.resolve(late));
  connection.start();
  const result = await outcome.promise;
  cancelLimit();
  if ("kind" in result) {
    await connection.stop();
    throw connectError(result, route.url, {
      deviceId: signer.deviceId,
      secretGiven: secrets.token !== undefined || secrets.password !== undefined,
    });
  }
  return {
    hello: result,
    call(method, params, callMs = timeoutMs) {
      refuseTooLarge(method, params, result.policy?.maxPayload ?? gatewayMaxFrameBytes);
      return connection.request(method, params, callMs);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => connection.stop(),
  };
}

/** A gateway would close the line with 1009 and say nothing more. */
function refuseTooLarge(method: string, params: unknown, limit: number): void {
  const bytes = new TextEncoder().encode(JSON.stringify(params)).length + frameReserveBytes;
  if (bytes <= limit) return;
  throw new UserError(
    `Cannot send ${method}: the request has ${bytes} bytes, the gateway accepts at most ${limit}`,
    { hint: "Put the data into a file on the node, and name the file instead" },
  );
}
