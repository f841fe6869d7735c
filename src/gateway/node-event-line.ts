import { printable } from "../lib/display-text.ts";
import { isObject, parseJson } from "../lib/json.ts";
import type { LogFields } from "../platform/ports.ts";
import type { NodeEvent } from "../protocol/node-invoke.ts";

const shownEvents = ["exec.started", "exec.finished", "exec.denied"];

export interface EventLine {
  readonly message: string;
  readonly fields: LogFields;
}

/** The one line that a node's event is worth; undefined for what only its parties should see. */
export function describeNodeEvent({
  event,
  payload,
  payloadJSON,
}: NodeEvent): EventLine | undefined {
  if (!shownEvents.includes(event)) return undefined;
  const value = payloadJSON === undefined ? payload : parseJson(payloadJSON)?.value;
  const said = isObject(value) ? value : {};
  return {
    message: event,
    fields: {
      command: textOf(said["command"]),
      exitCode: typeof said["exitCode"] === "number" ? said["exitCode"] : undefined,
      timedOut: said["timedOut"] === true ? true : undefined,
      reason: textOf(said["reason"]),
    },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? printable(value, 200) : undefined;
}
