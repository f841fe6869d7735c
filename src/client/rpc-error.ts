import type { ErrorShape } from "../protocol/frame.ts";

/** The gateway answered a request with an error. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: string;
  readonly details: unknown;

  constructor(method: string, error: ErrorShape) {
    super(error.message === "" ? `${method} failed: ${error.code}` : error.message);
    this.code = error.code;
    this.details = error.details;
  }
}

/** No answer can come any more: the connection ended or the time is over. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
  readonly reason: "timeout" | "closed";

  constructor(method: string, reason: "timeout" | "closed", detail: string) {
    super(`No answer to ${method}: ${detail}`);
    this.reason = reason;
  }
}
