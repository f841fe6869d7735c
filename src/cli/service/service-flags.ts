/** Flags that all commands about the service share. */
import type { ArgsDef } from "citty";

import { switchFlag, textFlag } from "../flag-values.ts";
import type { TargetFlags } from "./service-target.ts";

export const scopeArgs = {
  user: { type: "boolean", description: "The service of your own account" },
  system: { type: "boolean", description: "The service of the machine; takes root to change" },
} as const satisfies ArgsDef;

export const manageArgs = {
  ...scopeArgs,
  profile: {
    type: "string",
    valueHint: "NAME",
    description: "The service of the state directory ~/.clawdbot-NAME",
  },
  json: { type: "boolean", description: "One JSON object" },
} as const satisfies ArgsDef;

export function targetFlags(args: Readonly<Record<string, unknown>>): TargetFlags {
  return {
    profile: textFlag(args, "profile"),
    user: switchFlag(args, "user"),
    system: switchFlag(args, "system"),
    account: textFlag(args, "account"),
  };
}
