import { closeCodes, errorCodes } from "../protocol/gateway-errors.ts";
import type { ErrorShape } from "../protocol/frame.ts";
import { closeReasonBytes } from "../protocol/limits.ts";

/** Why a handshake ends: what the client is answered and how the line is closed. */
export interface Refusal {
  readonly error: ErrorShape;
  readonly closeCode: number;
  readonly closeReason: string;
  /** The log has a better line about it. */
  readonly told: boolean;
}

interface RefusalOptions {
  readonly code?: string;
  readonly details?: unknown;
  readonly closeCode?: number;
  readonly told?: boolean;
}

export function refusal(message: string, options: RefusalOptions = {}): Refusal {
  return {
    error: {
      code: options.code ?? errorCodes.invalidRequest,
      message,
      ...(options.details === undefined ? {} : { details: options.details }),
    },
    closeCode: options.closeCode ?? closeCodes.policy,
    closeReason: closeReason(message),
    told: options.told ?? false,
  };
}

/** Cuts a text to what a close frame can carry, never in the middle of a character. */
export function closeReason(text: string): string {
  let cut = text;
  while (Buffer.byteLength(cut) > closeReasonBytes) cut = [...cut].slice(0, -1).join("");
  return cut;
}
