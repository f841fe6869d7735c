/** Flags and help of `gateway run`. */
import type { ArgsDef } from "citty";

import { exitCode } from "../../lib/exit-code.ts";
import { defaultPort } from "../../protocol/limits.ts";
import type { CommandHelp } from "../command.ts";

export const gatewayRunArgs = {
  port: {
    type: "string",
    valueHint: "PORT",
    default: String(defaultPort),
    description: "Port to listen on; 0 lets the system choose",
  },
  bind: {
    type: "string",
    valueHint: "WHERE",
    default: "loopback",
    description: "loopback (this machine only), lan (every address), or one address",
  },
  "token-file": {
    type: "string",
    valueHint: "FILE",
    description: "File with the token that opens this gateway; - reads standard input",
  },
  token: {
    type: "string",
    valueHint: "TOKEN",
    description: "Refused: everybody on this machine can read command lines; use --token-file",
  },
  "require-pairing": {
    type: "boolean",
    description: "Nodes on this machine wait for an approval too",
  },
  "tls-cert": {
    type: "string",
    valueHint: "FILE",
    description: "Certificate (PEM, with its chain); encrypts, together with --tls-key",
  },
  "tls-key": { type: "string", valueHint: "FILE", description: "Its private key (PEM)" },
  profile: {
    type: "string",
    valueHint: "NAME",
    description: "Use the state directory ~/.clawdbot-NAME",
  },
  "log-format": {
    type: "enum",
    options: ["text", "json"],
    default: "text",
    valueHint: "FORMAT",
    description: "text or json (one object a line)",
  },
  verbose: { type: "boolean", description: "Show details and every connection" },
} as const satisfies ArgsDef;

export const gatewayRunHelp: CommandHelp = {
  summary: "Run a small Gateway: nodes connect to it, operators run commands on them.",
  details: [
    [
      "Whoever has the token may connect. Without --token-file, CLAWDBOT_GATEWAY_TOKEN or a",
      "credential of systemd, one is made at the first start and kept in gateway/token of the state",
      "directory, readable by you only.",
    ].join("\n"),
    [
      "Each device has to be paired once. Devices on this machine are paired by themselves; others",
      "wait until you approve them: clawdbot nodes pending, clawdbot nodes approve REQUEST_ID.",
      "With --require-pairing that holds for nodes on this machine as well. A request that nobody",
      "answers is forgotten after five minutes and made anew when the device tries again.",
      "A connection through a proxy never counts as one from this machine.",
    ].join("\n"),
    [
      "The gateway speaks protocol 3: node hosts and operators of Clawdbot 2026.1.24 and newer that",
      "still offer it. It has no agent, no chat and no web page.",
    ].join("\n"),
    "SIGTERM and Ctrl-C tell everybody that the gateway stops, then end it.",
  ],
  environment: [
    ["CLAWDBOT_GATEWAY_TOKEN", "the token; --token-file goes before it"],
    ["CREDENTIALS_DIRECTORY", "systemd's credentials: gateway-token"],
    ["CLAWDBOT_STATE_DIR", "state directory, with gateway/ in it (default ~/.clawdbot)"],
    ["CLAWDBOT_PROFILE", "as --profile"],
    ["NO_COLOR", "no colours"],
  ],
  exitCodes: [
    [exitCode.ok, "stopped by a signal"],
    [exitCode.failure, "the port or the address cannot be used"],
    [exitCode.usage, "wrong command line"],
    [exitCode.config, "a file of the state directory or the certificate cannot be used"],
    [exitCode.alreadyRunning, "another gateway uses the state directory"],
    [exitCode.signalBase, "plus the signal's number: ended by a second signal"],
  ],
  examples: [
    ["clawdbot gateway run", "For nodes and operators on this machine"],
    [
      "clawdbot gateway run --bind lan --tls-cert gateway.pem --tls-key gateway.key",
      "For the network, encrypted",
    ],
    ["clawdbot gateway run --bind 100.64.0.7 --token-file ~/gateway-token", "On a VPN's address"],
  ],
};
