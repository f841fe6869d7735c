/** Requests of a connection that was let in: access, method, answer. */
import { messageOf } from "../lib/errors.ts";
import type { Log } from "../platform/ports.ts";
import { type RequestFrame, encodeError, encodeOk, parseFrame } from "../protocol/frame.ts";
import { type Answer, invalid, unavailable } from "./answer.ts";
import { decideAccess } from "./method-access.ts";
import type { Methods } from "./methods/all.ts";
import type { Session } from "./session.ts";

export interface Serving {
  readonly session: Session;
  readonly methods: Methods;
  readonly log: Log;
  reply(text: string): void;
}

/** Answers one text; text that is not JSON gets no answer, as at the reference. */
export function serveRequest(text: string, serving: Serving): void {
  const parsed = parseFrame(text);
  if (parsed.kind === "not-json") return;
  const reply = (id: string, answer: Answer): void =>
    serving.reply(answer.ok ? encodeOk(id, answer.payload) : encodeError(id, answer.error));
  if (parsed.kind === "not-a-frame") {
    return reply(parsed.id, invalid(`invalid request frame: ${parsed.problem}`));
  }
  const { frame } = parsed;
  if (frame.type !== "req") {
    const id = frame.type === "res" ? frame.id : "invalid";
    return reply(id, invalid('invalid request frame: at /type: must be "req"'));
  }
  const fail = (error: unknown): void => {
    serving.log.error("a request failed", { method: frame.method, error: messageOf(error) });
    reply(frame.id, unavailable("the gateway could not do it; its log says why"));
  };
  try {
    const answer = perform(frame, serving);
    if (!(answer instanceof Promise)) return reply(frame.id, answer);
    answer.then((settled) => reply(frame.id, settled)).catch(fail);
  } catch (error) {
    fail(error);
  }
}

function perform({ method, params }: RequestFrame, serving: Serving): Answer | Promise<Answer> {
  const access = decideAccess(method, serving.session);
  if (!access.allowed) return invalid(access.message);
  return serving.methods[access.method](params, serving.session);
}
