/** Whether a request waits on this machine or at a gateway, by the flags. */
import { UsageError } from "../lib/errors.ts";
import { connectionArgs, timeoutArg } from "./operator-flags.ts";

export const answerArgs = {
  gateway: {
    type: "boolean",
    description: "What waits at the Gateway, instead of on this machine",
  },
  ...connectionArgs,
  ...timeoutArg,
} as const;

const localToo = new Set(["profile", "json"]);
const gatewayOnly = [...Object.keys(connectionArgs), "timeout", "watch"].filter(
  (name) => !localToo.has(name),
);

/** Throws UsageError where a flag has no meaning on this machine. */
export function isForGateway(args: Readonly<Record<string, unknown>>): boolean {
  if (args["gateway"] === true) return true;
  const stray = gatewayOnly.find((name) => args[name] !== undefined && args[name] !== false);
  if (stray === undefined) return false;
  throw new UsageError(`Cannot use --${stray} for this machine: it goes with --gateway`);
}
