/** The three frames of the wire: request, response, event. Unknown keys are ignored on input. */
import * as z from "zod/mini";

import { isObject, parseJson } from "../lib/json.ts";

const nonEmpty = z.string().check(z.minLength(1));

export const errorShape = z.object({
  code: z.string(),
  message: z.string(),
  details: z.optional(z.unknown()),
  retryable: z.optional(z.boolean()),
  retryAfterMs: z.optional(z.number()),
});

const requestFrame = z.object({
  type: z.literal("req"),
  id: nonEmpty,
  method: nonEmpty,
  params: z.optional(z.unknown()),
});

const responseFrame = z.object({
  type: z.literal("res"),
  id: nonEmpty,
  ok: z.boolean(),
  payload: z.optional(z.unknown()),
  error: z.optional(errorShape),
});

const eventFrame = z.object({
  type: z.literal("event"),
  event: nonEmpty,
  payload: z.optional(z.unknown()),
  seq: z.optional(z.number()),
});

const anyFrame = z.discriminatedUnion("type", [requestFrame, responseFrame, eventFrame]);

export type ErrorShape = z.infer<typeof errorShape>;
export type RequestFrame = z.infer<typeof requestFrame>;
export type ResponseFrame = z.infer<typeof responseFrame>;
export type EventFrame = z.infer<typeof eventFrame>;
export type Frame = z.infer<typeof anyFrame>;

export type ParsedFrame =
  | { readonly kind: "frame"; readonly frame: Frame }
  /** Not JSON at all: a gateway ignores it silently. */
  | { readonly kind: "not-json" }
  /** JSON, but no frame; `id` is the id to answer to, as far as it can be read. */
  | { readonly kind: "not-a-frame"; readonly id: string; readonly problem: string };

/** Parses one text message. Never throws, whatever the text is. */
export function parseFrame(text: string): ParsedFrame {
  const json = parseJson(text);
  if (json === undefined) return { kind: "not-json" };
  const parsed = anyFrame.safeParse(json.value);
  if (parsed.success) return { kind: "frame", frame: parsed.data };
  const id = isObject(json.value) && typeof json.value["id"] === "string" ? json.value["id"] : "";
  return { kind: "not-a-frame", id: id || "invalid", problem: describeIssue(parsed.error) };
}

/** The first problem of a failed parse: `at /path: what is wrong`, as gateways word it. */
export function describeIssue(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "at root: invalid";
  const path = issue.path.length === 0 ? "root" : `/${issue.path.join("/")}`;
  return `at ${path}: ${issue.message}`;
}

/** Text of a request frame; an absent `params` is left out. */
export function encodeRequest(id: string, method: string, params?: unknown): string {
  return JSON.stringify({ type: "req", id, method, params });
}

export function encodeOk(id: string, payload?: unknown): string {
  return JSON.stringify({ type: "res", id, ok: true, payload });
}

export function encodeError(id: string, error: ErrorShape): string {
  return JSON.stringify({ type: "res", id, ok: false, error });
}

/** Text of an event frame. Only broadcasts carry `seq`. */
export function encodeEvent(event: string, payload?: unknown, seq?: number): string {
  return JSON.stringify({ type: "event", event, payload, seq });
}
