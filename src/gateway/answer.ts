import type * as z from "zod/mini";

import type { ErrorShape } from "../protocol/frame.ts";
import { errorCodes } from "../protocol/gateway-errors.ts";
import { paramsProblem } from "./params-problem.ts";
import type { Session } from "./session.ts";

/** What a request is answered. */
export type Answer =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: ErrorShape };

/** Answers a request of a session that may call it. */
export type Method = (params: unknown, caller: Session) => Answer | Promise<Answer>;

export function done(payload: unknown): Answer {
  return { ok: true, payload };
}

/** The request is wrong. */
export function invalid(message: string, details?: unknown): Answer {
  return failed(errorCodes.invalidRequest, message, details);
}

/** The request is right and cannot be fulfilled now. */
export function unavailable(message: string, details?: unknown): Answer {
  return failed(errorCodes.unavailable, message, details);
}

/** A method whose parameters are checked before it sees them; absent ones are an empty object. */
export function method<T>(
  name: string,
  schema: z.ZodMiniType<T>,
  run: (params: T, caller: Session) => Answer | Promise<Answer>,
): Method {
  return (value, caller) => {
    const params = value ?? {};
    const parsed = schema.safeParse(params);
    if (parsed.success) return run(parsed.data, caller);
    return invalid(`invalid ${name} params: ${paramsProblem(parsed.error, params)}`);
  };
}

function failed(code: string, message: string, details: unknown): Answer {
  return {
    ok: false,
    error: { code, message, ...(details === undefined ? {} : { details }) },
  };
}
