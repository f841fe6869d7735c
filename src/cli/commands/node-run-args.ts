/** Flags and help of `node run`; `node install` takes the same. */
import type { ArgsDef } from "citty";

import { exitCode } from "../../lib/exit-code.ts";
import { defaultPort } from "../../protocol/limits.ts";
import type { CommandHelp } from "../command.ts";
import { journalArgs } from "../journal-flags.ts";
import { nodeExecArgs, nodeExecDetails, repeatableExecArgs } from "./node-exec-args.ts";

export const nodeRunArgs = {
  host: {
    type: "string",
    valueHint: "HOST",
    description: "Gateway host or address (default: as last time, else 127.0.0.1)",
  },
  port: {
    type: "string",
    valueHint: "PORT",
    description: `Gateway port (default: as last time, else ${defaultPort})`,
  },
  url: {
    type: "string",
    valueHint: "URL",
    description: "Whole address instead, for a path or a standard port: wss://HOST/PATH",
  },
  "context-path": {
    type: "string",
    valueHint: "PREFIX",
    description: "Path of the Gateway behind a reverse proxy, with --host or without",
  },
  pair: {
    type: "string",
    valueHint: "CODE",
    description: "Pair with this setup code or join address; @FILE and - (standard input) read it",
  },
  "pair-if-needed": {
    type: "string",
    valueHint: "CODE",
    description: "The same, unless a Gateway has let this node in before",
  },
  tls: {
    type: "boolean",
    description: "Encrypt (wss); certificates are checked against the system's authorities",
    negativeDescription: "Do not encrypt, and forget the stored TLS settings",
  },
  "tls-fingerprint": {
    type: "string",
    valueHint: "SHA256",
    description: "Accept exactly this server certificate, and encrypt",
  },
  "tls-ca-file": {
    type: "string",
    valueHint: "FILE",
    description: "Trust only the authorities in this PEM file, and encrypt",
  },
  "allow-insecure-ws": {
    type: "boolean",
    description: "Allow an unencrypted connection over a public network",
  },
  "token-file": {
    type: "string",
    valueHint: "FILE",
    description: "File with the gateway's token; - reads standard input",
  },
  "env-file": {
    type: "string",
    valueHint: "FILE",
    description: "File of NAME=VALUE lines for the environment; may be repeated",
  },
  "node-id": {
    type: "string",
    valueHint: "ID",
    description: "Id of this node; a new one forgets the stored device token",
  },
  "display-name": {
    type: "string",
    valueHint: "NAME",
    description: "Name that operators see (default: as last time, else the host name)",
  },
  profile: {
    type: "string",
    valueHint: "NAME",
    description: "Use the state directory ~/.clawdbot-NAME",
  },
  once: { type: "boolean", description: "Try once; leave when the connection fails or ends" },
  "wait-for-pairing": {
    type: "string",
    valueHint: "DURATION",
    description: "Leave if the first connection takes longer, e.g. 5m",
  },
  "drain-timeout": {
    type: "string",
    valueHint: "DURATION",
    default: "30s",
    description: "Time that running commands get after SIGTERM or Ctrl-C",
  },
  "trust-gateway-approvals": {
    type: "boolean",
    description: "Believe a gateway that says an operator approved a run",
  },
  "lock-approvals": {
    type: "boolean",
    description: "Refuse changes of exec-approvals.json from the Gateway",
  },
  "strict-inline-eval": {
    type: "boolean",
    description: "Ask for program text (python -c, node -e) although its interpreter is allowed",
  },
  "ask-local": {
    type: "boolean",
    description: "Ask on this machine before a run is denied: clawdbot approvals pending",
  },
  "ask-timeout": {
    type: "string",
    valueHint: "DURATION",
    default: "2m",
    description: "How long a question waits, if the Gateway waits as long for the result",
  },
  ...journalArgs,
  ...nodeExecArgs,
  "log-format": {
    type: "enum",
    options: ["text", "json"],
    default: "text",
    description: "text or json (one object a line)",
    valueHint: "FORMAT",
  },
  "log-file": {
    type: "string",
    valueHint: "FILE",
    description: "Write the log there instead; five files of 10 MB are kept",
  },
  verbose: { type: "boolean", description: "Show details and every retry" },
} as const satisfies ArgsDef;

const { pair, "pair-if-needed": pairIfNeeded, ...others } = nodeRunArgs;
/** What a service may be started with: a setup code is used up by its first use. */
export const serviceArgs = others;
export const pairArgs = { pair, "pair-if-needed": pairIfNeeded } as const;

/** Flags that may be given more than once, to `node run` and to `node install`. */
export const repeatableNodeRunArgs = [
  "env-file",
  ...repeatableExecArgs,
] as const satisfies readonly (keyof typeof nodeRunArgs)[];

export const nodeRunHelp: CommandHelp = {
  summary: "Connect to a Gateway and run its commands on this machine, as you, until stopped.",
  details: [
    [
      "The first connection makes a pending request on the Gateway. Approve it there with",
      "`clawdbot devices approve REQUEST_ID`, or anywhere with `clawdbot nodes approve REQUEST_ID`;",
      "this host waits and goes on by itself.",
    ].join("\n"),
    [
      "A setup code of OpenClaw (since 2026.3) does it in one step: it names the Gateway, and approves",
      "this device and its commands. It works once, for 10 minutes. Other users of this machine see",
      "arguments in ps: rather use --pair @FILE, --pair - or CLAWDBOT_PAIR_CODE.",
    ].join("\n"),
    [
      "Every command is guarded by exec-approvals.json in the state directory. Without that file only",
      "programs on the allowlist run, and the allowlist is empty; filters of standard input need no",
      "entry. To allow a program:",
      "  clawdbot approvals allowlist add /usr/bin/git",
    ].join("\n"),
    [
      "With --ask-local a run that needs approval waits until you answer it from another terminal:",
      "`clawdbot approvals pending`, then `approve ID` or `deny ID`. Without an answer askFallback of",
      "exec-approvals.json decides. Gateways that do not say otherwise wait 30 seconds for a result, so",
      "you have 28.",
    ].join("\n"),
    [
      "The journal tells what was asked for, decided and run: clawdbot node history. What is asked for",
      "twice within ten minutes, by id or idempotency key, runs once; a result that could not be",
      "delivered follows after reconnecting; a run that the end of the host cut off is reported as",
      "outcome-unknown and not run again.",
    ].join("\n"),
    ...nodeExecDetails,
    "SIGTERM and Ctrl-C let running commands finish first; a second one ends them with their process groups.",
  ],
  environment: [
    ["CLAWDBOT_GATEWAY_TOKEN", "the gateway's token; --token-file goes before it"],
    ["CLAWDBOT_GATEWAY_PASSWORD", "the gateway's password"],
    ["OPENCLAW_GATEWAY_TOKEN, OPENCLAW_GATEWAY_PASSWORD", "the same, where ours are not set"],
    ["CLAWDBOT_PAIR_CODE", "as --pair-if-needed"],
    [
      "CF_ACCESS_CLIENT_ID, CF_ACCESS_CLIENT_SECRET",
      "service token of Cloudflare Access, sent over wss only",
    ],
    ["CREDENTIALS_DIRECTORY", "systemd's credentials: gateway-token, gateway-password"],
    ["CLAWDBOT_STATE_DIR", "state directory (default ~/.clawdbot)"],
    ["CLAWDBOT_PROFILE", "as --profile"],
    [
      "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
      "proxy for wss, for ws, for both, and for which hosts none",
    ],
    ["SHELL", "whom --login-path asks"],
    ["NO_COLOR", "no colours"],
  ],
  exitCodes: [
    [exitCode.ok, "stopped by a signal; commands finished, or were ended after --drain-timeout"],
    [exitCode.usage, "wrong command line"],
    [exitCode.config, "a file of the state directory cannot be used"],
    [
      exitCode.auth,
      "setup code refused; token or password refused (with --once or --wait-for-pairing)",
    ],
    [exitCode.pairing, "not approved in time (with --once or --wait-for-pairing)"],
    [exitCode.tls, "certificate not trusted (with --once or --wait-for-pairing)"],
    [exitCode.protocol, "not a gateway that this program understands (likewise)"],
    [exitCode.alreadyRunning, "another host uses the state directory"],
    [exitCode.temporary, "not reachable, or the connection ended (with --once)"],
    [exitCode.signalBase, "plus the signal's number: ended by a second signal"],
  ],
  examples: [
    [
      "clawdbot node run --host gateway.local --token-file ~/gateway-token",
      "A gateway in the same network",
    ],
    [
      "clawdbot node run --url wss://gateway.example.com/ws",
      "Behind a reverse proxy with a public certificate",
    ],
    [
      "clawdbot node run --host 10.0.0.5 --tls-fingerprint AA:BB:…",
      "A gateway with a self-signed certificate",
    ],
    ["clawdbot node run --pair @code.txt", "With a setup code: clawdbot devices setup-code"],
    ["clawdbot node run --host ci-gateway --once --wait-for-pairing 5m", "A throw-away node in CI"],
  ],
};
