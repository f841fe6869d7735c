import { printable } from "../lib/display-text.ts";
import { UserError } from "../lib/errors.ts";
import type { PairedDevice } from "../protocol/pairing.ts";
import { nodeLabel } from "./node-query.ts";
import { shortId } from "./short-id.ts";

const shortestPrefix = 6;
const namedAtMost = 10;

/** The one device with this id, name, or beginning of the id. */
export function findDevice(devices: readonly PairedDevice[], query: string): PairedDevice {
  const wanted = query.trim();
  const exact = devices.find(({ deviceId }) => deviceId === wanted);
  if (exact !== undefined) return exact;
  const lower = wanted.toLowerCase();
  const fitting = devices.filter(
    ({ deviceId, displayName }) =>
      (lower.length >= shortestPrefix && deviceId.startsWith(lower)) ||
      (lower !== "" && displayName?.trim().toLowerCase() === lower),
  );
  const [first, ...others] = fitting;
  const shown = printable(query, 80);
  if (first === undefined) {
    throw new UserError(`Cannot find the device "${shown}": no such device is approved`, {
      hint: devices.length === 0 ? "See: clawdbot devices list" : `Approved: ${labels(devices)}`,
    });
  }
  if (others.length > 0) {
    throw new UserError(`Cannot choose the device "${shown}": ${fitting.length} fit it`, {
      hint: `Give more of the id: ${labels(fitting)}`,
    });
  }
  return first;
}

export function deviceLabel({ deviceId, displayName }: PairedDevice): string {
  return nodeLabel({ nodeId: deviceId, displayName });
}

function labels(devices: readonly PairedDevice[]): string {
  const shown = devices
    .slice(0, namedAtMost)
    .map((device) => `${deviceLabel(device)} (${shortId(device.deviceId)})`);
  const more = devices.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
