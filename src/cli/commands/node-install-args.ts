/** Flags and help of `node install`: those of `node run`, and what a service is beside that. */
import type { ArgsDef } from "citty";

import { exitCode } from "../../lib/exit-code.ts";
import { hardeningLevels } from "../../service/service-spec.ts";
import type { CommandHelp } from "../command.ts";
import { scopeArgs } from "../service/service-flags.ts";
import { pairArgs, serviceArgs } from "./node-run-args.ts";

export const nodeInstallArgs = {
  ...serviceArgs,
  ...pairArgs,
  "token-file": {
    ...serviceArgs["token-file"],
    description: "File with the gateway's token, which is copied; - reads standard input",
  },
  runtime: {
    type: "enum",
    options: ["bun", "node"],
    default: "bun",
    valueHint: "RUNTIME",
    description: "bun is this executable, which carries its own runtime",
  },
  ...scopeArgs,
  account: {
    type: "string",
    valueHint: "NAME",
    description: "Account of a system service (default clawdbot, which is made)",
  },
  hardening: {
    type: "enum",
    options: [...hardeningLevels],
    default: "none",
    valueHint: "LEVEL",
    description: "none, basic or strict; holds for every command that is run, too (systemd)",
  },
  force: { type: "boolean", description: "Replace files that were edited or are not ours" },
  print: { type: "boolean", description: "Show what would be written and run; change nothing" },
  json: { type: "boolean", description: "One JSON object" },
} as const satisfies ArgsDef;

export const nodeInstallHelp: CommandHelp = {
  summary: "Make the node host a service that starts by itself and is kept alive.",
  details: [
    [
      "Linux: a unit of your own systemd, with lingering; as root, or without a systemd of your own,",
      "a unit of the system that runs as the account clawdbot. Also OpenRC, SysV init and Synology;",
      "elsewhere the recipe is printed. macOS: an agent, or with --system a daemon. Windows: a task",
      "that starts with the machine, or without administrator rights when you log on.",
    ].join("\n"),
    [
      "The same command twice changes nothing; another one shows what changes. A step that fails",
      "takes everything back. For changes of your own to a unit, use a drop-in:",
      "  systemctl --user edit clawdbot-node",
    ].join("\n"),
    [
      "The gateway's token and password are stored in files that only the service reads, never in the",
      "unit. PATH is that of this shell, without what will not last; --print shows it.",
    ].join("\n"),
    [
      "With a setup code of OpenClaw this machine is paired first, within a minute; the service then has",
      "a token of its own, and the code is stored nowhere. In the setup code stands where the Gateway is.",
    ].join("\n"),
    "Under systemd the node says when it is ready and whether it is connected, and is started again\nwhen it gives no sign of life for two minutes.",
  ],
  environment: [
    ["CLAWDBOT_GATEWAY_TOKEN", "the gateway's token; --token-file goes before it"],
    ["CLAWDBOT_GATEWAY_PASSWORD", "the gateway's password"],
    ["CLAWDBOT_PAIR_CODE", "as --pair-if-needed"],
    ["CLAWDBOT_STATE_DIR", "state directory of the service (default ~/.clawdbot)"],
    ["CLAWDBOT_PROFILE", "as --profile: a service of its own for every profile"],
    ["HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "handed on, unless they hold a password"],
  ],
  exitCodes: [
    [exitCode.ok, "installed and running, or so already"],
    [exitCode.failure, "not installed; nothing was changed"],
    [exitCode.usage, "wrong command line"],
    [exitCode.config, "a file of the state directory cannot be used"],
    [exitCode.auth, "setup code refused"],
    [exitCode.alreadyRunning, "with a setup code: a host uses the state directory"],
    [exitCode.temporary, "with a setup code: the Gateway was not reached"],
  ],
  examples: [
    [
      "clawdbot node install --host gateway.local --token-file ~/gateway-token",
      "For yourself, with the gateway of your network",
    ],
    [
      "sudo clawdbot node install --url wss://gateway.example.com --account build --token-file token",
      "For the machine; commands run as the account build",
    ],
    ["clawdbot devices setup-code | ssh HOST clawdbot node install --pair -", "By a setup code"],
    ["clawdbot node install --host gateway.local --print", "What would be written"],
  ],
};
