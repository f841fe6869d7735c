/** Pending requests as cells of a table, and in words. */
import { printable } from "../lib/display-text.ts";
import { formatDuration } from "../lib/duration.ts";
import { type PairingRequest, asksForMoreThanNode } from "./pairing-request.ts";

const nothing = "-";

export function pairingRows(requests: readonly PairingRequest[], nowMs: number): string[][] {
  const header = ["REQUEST", "GATE", "NAME", "PLATFORM", "ROLE", "IP", "AGE", "APPROVING IT MEANS"];
  return [
    header,
    ...requests.map((request) => [
      printable(request.requestId, 80),
      request.gate,
      cell(request.displayName),
      cell(request.platform),
      cell(request.roles.join(", ")),
      cell(request.remoteIp),
      request.requestedAtMs === undefined
        ? nothing
        : formatDuration(Math.max(0, nowMs - request.requestedAtMs)),
      meaning(request),
    ]),
  ];
}

function cell(text: string | undefined): string {
  const shown = printable(text?.trim() ?? "", 40);
  return shown === "" ? nothing : shown;
}

/** What a yes hands out, in the words of the person who says it. */
export function meaning(request: PairingRequest): string {
  const known = request.again ? " (this device was paired before)" : "";
  if (request.gate === "commands") {
    const names = printable(request.commands.join(", "), 120);
    return names === "" ? "it stays connected, without commands" : `it may serve: ${names}`;
  }
  if (!asksForMoreThanNode(request)) return `it may connect as a node${known}`;
  const scopes = printable(request.scopes.join(", "), 120);
  return `it may CONTROL THIS GATEWAY${scopes === "" ? "" : ` with ${scopes}`}${known}`;
}
