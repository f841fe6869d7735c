import type { HelloOkSent } from "../protocol/connect.ts";
import { methodAccess } from "../protocol/access.ts";
import { challengeEvent } from "../protocol/connect.ts";
import { gatewayEvents } from "../protocol/gateway-errors.ts";
import { gatewayMaxBufferedBytes, gatewayMaxFrameBytes } from "../protocol/limits.ts";
import { invokeRequestEvent } from "../protocol/node-invoke.ts";
import { servedProtocol } from "./connect-check.ts";
import type { DeviceToken } from "./device-records.ts";

export interface HelloFacts {
  readonly version: string;
  readonly host: string;
  readonly connId: string;
  readonly uptimeMs: number;
  readonly tickIntervalMs: number;
  readonly token: DeviceToken;
}

/** The welcome: only what clients need, in the shape that strict ones check. */
export function hello(facts: HelloFacts): HelloOkSent {
  const { token } = facts;
  return {
    type: "hello-ok",
    protocol: servedProtocol,
    server: { version: facts.version, host: facts.host, connId: facts.connId },
    features: {
      methods: Object.keys(methodAccess),
      events: [challengeEvent, invokeRequestEvent, ...Object.values(gatewayEvents)],
    },
    snapshot: {
      presence: [],
      health: {},
      stateVersion: { presence: 0, health: 0 },
      uptimeMs: Math.max(0, Math.round(facts.uptimeMs)),
    },
    auth: {
      deviceToken: token.token,
      role: token.role,
      scopes: token.scopes,
      issuedAtMs: token.rotatedAtMs ?? token.createdAtMs,
    },
    policy: {
      maxPayload: gatewayMaxFrameBytes,
      maxBufferedBytes: gatewayMaxBufferedBytes,
      tickIntervalMs: facts.tickIntervalMs,
    },
  };
}
