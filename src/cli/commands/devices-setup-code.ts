/** `clawdbot devices setup-code`: a code that lets one node in. */
import { formatDuration } from "../../lib/duration.ts";
import { printable } from "../../lib/display-text.ts";
import { makeSetupCode } from "../../operator/devices.ts";
import { defineCommand } from "../command.ts";
import { switchFlag, textFlag } from "../flag-values.ts";
import { writeJson } from "../json-output.ts";
import {
  connectionArgs,
  defaultTimeoutMs,
  operatorEnvironment,
  operatorExitCodes,
  timeLimit,
  timeoutArg,
} from "../operator-flags.ts";
import { withOperator } from "../operator-session.ts";

export const devicesSetupCode = defineCommand({
  summary: "Make a code with which one machine becomes a node (OpenClaw since 2026.3)",
  details: [
    "Whoever has the code becomes a node with all commands that it declares, once, for 10 minutes:\n" +
      "hand it over like a password. There: clawdbot node run --pair -",
  ],
  args: {
    "public-url": {
      type: "string",
      valueHint: "URL",
      description: "The Gateway's address as the node sees it (default: what the Gateway knows)",
    },
    ...connectionArgs,
    ...timeoutArg,
  },
  environment: operatorEnvironment,
  exitCodes: operatorExitCodes,
  examples: [
    ["clawdbot devices setup-code | ssh HOST clawdbot node run --pair -", "straight to a node"],
  ],
  async run(context, { args }) {
    const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
    return withOperator(context, args, timeoutMs, async (operator) => {
      const code = await makeSetupCode(operator, textFlag(args, "public-url"));
      if (switchFlag(args, "json")) {
        writeJson(context.out, code);
        return 0;
      }
      context.out.write(`${printable(code.setupCode, 32_768)}\n`);
      if (code.expiresAtMs !== undefined) {
        const left = Math.max(0, code.expiresAtMs - context.clock.now());
        context.err.write(`Works once, for ${formatDuration(left)}\n`);
      }
      return 0;
    });
  },
});
