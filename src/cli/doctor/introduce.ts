/** One whole connection with the node's identity, closed as soon as the gateway has answered. */
import {
  type ConnectionOptions,
  type ConnectionPorts,
  GatewayConnection,
} from "../../client/connection.ts";
import type { Failure } from "../../client/failure.ts";
import type { HelloOk } from "../../protocol/connect.ts";

export type Introduced =
  | { readonly ok: true; readonly hello: HelloOk }
  | { readonly ok: false; readonly failure: Failure };

export async function introduce(
  ports: ConnectionPorts,
  options: Pick<ConnectionOptions, "route" | "credentials" | "connectParams">,
  timeoutMs: number,
): Promise<Introduced> {
  const answer = Promise.withResolvers<Introduced>();
  const connection = new GatewayConnection(ports, {
    ...options,
    onEvent() {},
    onState({ phase }) {
      if (phase.name === "connected") answer.resolve({ ok: true, hello: phase.hello });
      if (phase.name === "waiting") answer.resolve({ ok: false, failure: phase.failure });
    },
  });
  const failure: Failure = { kind: "timeout", message: "no answer came in time" };
  const cancel = ports.clock.after(timeoutMs, () => answer.resolve({ ok: false, failure }));
  connection.start();
  const introduced = await answer.promise;
  cancel();
  await connection.stop();
  return introduced;
}
