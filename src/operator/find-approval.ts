import { printable } from "../lib/display-text.ts";
import { UserError } from "../lib/errors.ts";
import type { PendingApproval } from "../protocol/approval-requests.ts";

/** A shorter beginning of an id is more likely a slip than a choice. */
const shortestPrefix = 4;
/** Nobody types as much as a beginning only. */
const wholeId = 36;
const namedAtMost = 10;

/**
 * The approval with this id, or the only one whose id begins with it. Who asks chooses the id: one
 * that is the beginning of another's must not be approved in its place.
 */
export function findApproval(pending: readonly PendingApproval[], id: string): PendingApproval {
  const wanted = id.trim();
  const exact = pending.find((approval) => approval.id === wanted);
  if (exact !== undefined && wanted.length >= wholeId) return exact;
  const fitting =
    exact === undefined && wanted.length < shortestPrefix
      ? []
      : pending.filter((approval) => approval.id.startsWith(wanted));
  const [first, ...others] = fitting;
  const shown = printable(id, 80);
  if (first === undefined) {
    throw new UserError(`Cannot answer "${shown}": no such request waits for approval`, {
      hint: pending.length === 0 ? "Nothing waits" : `Waiting: ${labels(pending)}`,
    });
  }
  if (others.length > 0) {
    throw new UserError(
      `Cannot answer "${shown}": ${fitting.length} requests that wait begin with it`,
      { hint: `Give more of the id: ${labels(fitting)}` },
    );
  }
  return first;
}

function labels(pending: readonly PendingApproval[]): string {
  const shown = pending.slice(0, namedAtMost).map(({ id }) => printable(id, 80));
  const more = pending.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
