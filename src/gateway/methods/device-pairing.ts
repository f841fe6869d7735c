/** `device.pair.*` and `device.token.*`: who may connect to this gateway. */
import * as z from "zod/mini";

import type { Clock, Log } from "../../platform/ports.ts";
import { missingScope } from "../../protocol/access.ts";
import { closeCodes, gatewayEvents } from "../../protocol/gateway-errors.ts";
import { deviceIdParams, deviceRoleParams, requestIdParams } from "../../protocol/pairing.ts";
import { type Answer, type Method, done, invalid, method, unavailable } from "../answer.ts";
import type { DeviceBook } from "../device-book.ts";
import { describePaired, describePending } from "../device-summary.ts";
import type { Peers } from "../peers.ts";

interface Deps {
  readonly clock: Clock;
  readonly log: Log;
  readonly devices: DeviceBook;
  readonly peers: Peers;
}

const roleOf = z.enum(["node", "operator"]);

export function devicePairingMethods({ clock, log, devices, peers }: Deps) {
  const resolved = (
    requestId: string,
    deviceId: string,
    decision: "approved" | "rejected",
  ): void => {
    log.info(`pairing request ${decision}`, { device: deviceId, request: requestId });
    peers.broadcast(gatewayEvents.pairResolved, { requestId, deviceId, decision, ts: clock.now() });
  };
  /** The paired device with the role; a token for any other would be a role nobody approved. */
  const owner = (deviceId: string, name: string) => {
    const device = devices.find(deviceId.trim());
    const role = roleOf.safeParse(name.trim());
    if (device === undefined || !role.success || !device.roles.includes(role.data))
      return undefined;
    return { device, role: role.data };
  };
  return {
    "device.pair.list": method("device.pair.list", z.object({}), () =>
      done({
        pending: devices.pending().map(describePending),
        paired: devices.paired().map(describePaired),
      }),
    ),

    "device.pair.approve": method(
      "device.pair.approve",
      requestIdParams,
      ({ requestId }, caller) => {
        const request = devices.findRequest(requestId);
        if (request === undefined) return invalid("unknown requestId");
        const refused = beyond(caller.scopes, request.scopes ?? []);
        if (refused !== undefined) return refused;
        const device = devices.approve(request);
        if (device === undefined) return unavailable("too many devices are paired");
        resolved(requestId, device.deviceId, "approved");
        return done({ requestId, device: describePaired(device) });
      },
    ),

    "device.pair.reject": method("device.pair.reject", requestIdParams, ({ requestId }) => {
      const request = devices.findRequest(requestId);
      if (request === undefined) return invalid("unknown requestId");
      devices.reject(requestId);
      resolved(requestId, request.deviceId, "rejected");
      return done({ requestId, deviceId: request.deviceId });
    }),

    "device.pair.remove": method("device.pair.remove", deviceIdParams, (params, caller) => {
      const device = devices.find(params.deviceId.trim());
      if (device === undefined) return invalid("unknown deviceId");
      const refused = beyond(caller.scopes, device.scopes ?? []);
      if (refused !== undefined) return refused;
      devices.remove(device);
      const { deviceId } = device;
      log.info("device removed", { device: deviceId });
      for (const role of roleOf.options) {
        for (const peer of peers.of(deviceId, role)) {
          // Whoever removes itself still gets the answer.
          if (peer.session !== caller) peer.close(closeCodes.authChanged, "device removed");
        }
      }
      return done({ deviceId });
    }),

    "device.token.rotate": method("device.token.rotate", deviceRoleParams, (params, caller) => {
      const found = owner(params.deviceId, params.role);
      if (found === undefined) return invalid("unknown deviceId/role");
      const { device, role } = found;
      const wanted = params.scopes ?? device.tokens[role]?.scopes ?? device.scopes ?? [];
      const refused = beyond(caller.scopes, wanted);
      if (refused !== undefined) return refused;
      const token = devices.rotate(device, role, params.scopes);
      log.info("device token rotated", { device: device.deviceId, role });
      return done({
        deviceId: device.deviceId,
        role,
        token: token?.token,
        scopes: token?.scopes,
        rotatedAtMs: token?.rotatedAtMs ?? token?.createdAtMs,
      });
    }),

    "device.token.revoke": method("device.token.revoke", deviceRoleParams, (params) => {
      const found = owner(params.deviceId, params.role);
      const token = found && devices.revoke(found.device, found.role);
      if (found === undefined || token === undefined) return invalid("unknown deviceId/role");
      const { deviceId } = found.device;
      log.info("device token revoked", { device: deviceId, role: found.role });
      // The reference leaves them connected; a revoked token should not go on working.
      for (const peer of peers.of(deviceId, found.role)) {
        peer.close(closeCodes.policy, "device token revoked");
      }
      return done({ deviceId, role: found.role, revokedAtMs: token.revokedAtMs });
    }),
  } satisfies Record<string, Method>;
}

/** Nobody hands out more than they have: else the pairing scope alone would lead to all others. */
function beyond(held: readonly string[], wanted: readonly string[]): Answer | undefined {
  const missing = missingScope(held, wanted);
  return missing === undefined ? undefined : invalid(`missing scope: ${missing}`);
}
