/** What nodes themselves ask for: results, events, skills. */
import * as z from "zod/mini";

import type { Log } from "../../platform/ports.ts";
import { invokeResult, nodeEvent } from "../../protocol/node-invoke.ts";
import { type Method, done, invalid, method } from "../answer.ts";
import type { Invocations } from "../invocations.ts";
import { describeNodeEvent } from "../node-event-line.ts";

interface Deps {
  readonly log: Log;
  readonly invocations: Invocations;
}

export function nodeSideMethods({ log, invocations }: Deps) {
  return {
    "node.invoke.result": method("node.invoke.result", invokeResult, (result, { deviceId }) => {
      if (result.nodeId !== deviceId) return invalid("nodeId mismatch");
      const awaited = invocations.answer(deviceId, result);
      return done(awaited ? { ok: true } : { ok: true, ignored: true });
    }),

    "node.event": method("node.event", nodeEvent, (event, { deviceId }) => {
      const line = describeNodeEvent(event);
      if (line !== undefined)
        log.info(line.message, { node: deviceId.slice(0, 12), ...line.fields });
      return done({ ok: true });
    }),

    "skills.bins": method("skills.bins", z.object({}), () => done({ bins: [] })),
  } satisfies Record<string, Method>;
}
