/** Approved devices as cells of a table. */
import { printable } from "../lib/display-text.ts";
import { formatDuration } from "../lib/duration.ts";
import type { PairedDevice } from "../protocol/pairing.ts";
import { shortId } from "./short-id.ts";

export function deviceRows(devices: readonly PairedDevice[], nowMs: number): string[][] {
  const header = ["NAME", "DEVICE", "PLATFORM", "ROLE", "TOKENS", "IP", "APPROVED"];
  return [
    header,
    ...devices.map((device) => [
      cell(device.displayName),
      shortId(device.deviceId),
      cell(device.platform),
      cell((device.roles ?? [device.role ?? ""]).join(", ")),
      cell(tokens(device)),
      cell(device.remoteIp),
      device.approvedAtMs === undefined
        ? "-"
        : `${formatDuration(Math.max(0, nowMs - device.approvedAtMs))} ago`,
    ]),
  ];
}

function tokens({ tokens: of = [] }: PairedDevice): string {
  return Object.values(of)
    .map(({ role, revokedAtMs }) => (revokedAtMs === undefined ? role : `${role} (revoked)`))
    .join(", ");
}

function cell(text: string | undefined): string {
  const shown = printable(text?.trim() ?? "", 60);
  return shown === "" ? "-" : shown;
}
