/** One connection to a gateway up to its greeting, without saying who is there. */
import { type Failure, failureOfClose, failureOfSocket } from "../../client/failure.ts";
import type { Route } from "../../client/route.ts";
import type { Clock, SocketFactory } from "../../platform/ports.ts";
import { challengeEvent, challengePayload } from "../../protocol/connect.ts";
import { parseFrame } from "../../protocol/frame.ts";
import { clientMaxFrameBytes } from "../../protocol/limits.ts";

export interface Dialled {
  readonly opened: boolean;
  /** It greets as a gateway does; `skewMs`: this machine's clock minus the gateway's. */
  readonly greeting: { readonly skewMs: number | undefined } | undefined;
  readonly failure: Failure | undefined;
}

/** For the closing handshake. */
const closeMs = 1000;

/** Settles when the socket is gone. */
export function dial(
  { sockets, clock }: { readonly sockets: SocketFactory; readonly clock: Clock },
  route: Route,
  timeoutMs: number,
): Promise<Dialled> {
  return new Promise((resolve) => {
    let opened = false;
    let greeting: Dialled["greeting"];
    let failure: Failure | undefined;
    let cancel = clock.after(timeoutMs, () => {
      failure ??= { kind: "timeout", message: "no answer came in time" };
      socket.terminate();
    });
    const socket = sockets.open(route, clientMaxFrameBytes, {
      onOpen() {
        opened = true;
      },
      onText(text) {
        const challenge = challengeIn(text);
        if (challenge === undefined || greeting !== undefined) return;
        const { ts } = challenge;
        greeting = { skewMs: ts === undefined ? undefined : clock.now() - ts };
        cancel();
        cancel = clock.after(closeMs, () => socket.terminate());
        socket.close(1000, "");
      },
      onActivity() {},
      onError(error) {
        failure ??= failureOfSocket(error, route.proxy !== undefined);
      },
      onClose(code, reason) {
        cancel();
        if (greeting === undefined) failure ??= failureOfClose(code, reason);
        resolve({ opened, greeting, failure: greeting === undefined ? failure : undefined });
      },
    });
  });
}

function challengeIn(text: string): { readonly ts?: number | undefined } | undefined {
  const parsed = parseFrame(text);
  if (parsed.kind !== "frame" || parsed.frame.type !== "event") return undefined;
  if (parsed.frame.event !== challengeEvent) return undefined;
  const payload = challengePayload.safeParse(parsed.frame.payload);
  return payload.success ? payload.data : undefined;
}
