import { printable } from "../lib/display-text.ts";
import { UserError } from "../lib/errors.ts";
import { nodeLabel } from "./node-query.ts";
import type { PairingRequest } from "./pairing-request.ts";

/** A shorter beginning of an id is more likely a slip than a choice. */
const shortestPrefix = 4;
const namedAtMost = 10;

/** The request with this id, or the only one whose id begins with it. `action`: approve, reject. */
export function findRequest(
  requests: readonly PairingRequest[],
  id: string,
  action: string,
): PairingRequest {
  const wanted = id.trim();
  const exact = requests.find(({ requestId }) => requestId === wanted);
  if (exact !== undefined) return exact;
  const fitting =
    wanted.length < shortestPrefix
      ? []
      : requests.filter(({ requestId }) => requestId.startsWith(wanted));
  const [first, ...others] = fitting;
  const shown = printable(id, 80);
  if (first === undefined) {
    throw new UserError(`Cannot ${action} "${shown}": no such request is pending`, {
      hint:
        requests.length === 0
          ? "Nothing is pending; a request is forgotten after 5 minutes, the node's next attempt makes a new one"
          : `Pending: ${labels(requests)}`,
    });
  }
  if (others.length > 0) {
    throw new UserError(
      `Cannot ${action} "${shown}": ${fitting.length} pending requests begin with it`,
      { hint: `Give more of the id: ${labels(fitting)}` },
    );
  }
  return first;
}

function labels(requests: readonly PairingRequest[]): string {
  const shown = requests
    .slice(0, namedAtMost)
    .map((request) => `${printable(request.requestId, 80)} (${nodeLabel(request)})`);
  const more = requests.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
