/** Flags, environment and exit codes that all operator commands share. */
import { UsageError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { longestTimerMs, parseDuration } from "../lib/duration.ts";

export const connectionArgs = {
  url: {
    type: "string",
    valueHint: "ws://HOST:PORT",
    description:
      "The Gateway (default: CLAWDBOT_GATEWAY_URL, else the gateway in node.json, else ws://127.0.0.1:18789)",
  },
  "token-file": {
    type: "string",
    valueHint: "FILE",
    description: "File with the Gateway's token; - reads standard input",
  },
  "tls-fingerprint": {
    type: "string",
    valueHint: "SHA256",
    description: "Speak only to the server with this certificate (wss://)",
  },
  "tls-ca-file": {
    type: "string",
    valueHint: "FILE",
    description: "Trust this authority (PEM) instead of the system's (wss://)",
  },
  "allow-insecure-ws": {
    type: "boolean",
    description: "Send the token unencrypted even over a public network",
  },
  profile: {
    type: "string",
    valueHint: "NAME",
    description: "Use the state directory ~/.clawdbot-NAME",
  },
  json: { type: "boolean", description: "Print one JSON object instead of text" },
} as const;

export const timeoutArg = {
  timeout: {
    type: "string",
    valueHint: "DURATION",
    description:
      "Longest wait for the Gateway: 30s, 2m; a bare number is milliseconds (default 10s)",
  },
} as const;

export const nodeArg = {
  node: {
    type: "string",
    valueHint: "NODE",
    description: "The node: name, id, address, or the first 6 or more characters of its id",
  },
} as const;

export const operatorEnvironment = [
  ["CLAWDBOT_GATEWAY_URL", "the Gateway, when --url is not given"],
  ["CLAWDBOT_GATEWAY_TOKEN", "its token; CLAWDBOT_GATEWAY_PASSWORD: its password"],
  ["OPENCLAW_GATEWAY_TOKEN, OPENCLAW_GATEWAY_PASSWORD", "the same, where ours are not set"],
  ["CF_ACCESS_CLIENT_ID, CF_ACCESS_CLIENT_SECRET", "service token of Cloudflare Access (wss://)"],
  ["CLAWDBOT_STATE_DIR", "state directory, with this machine's device key (default ~/.clawdbot)"],
] as const;

export const operatorExitCodes = [
  [exitCode.ok, "done"],
  [exitCode.failure, "refused or failed"],
  [exitCode.usage, "wrong command line"],
  [exitCode.config, "a file of the state directory cannot be used"],
  [exitCode.auth, "the Gateway refused the token or password"],
  [exitCode.pairing, "this machine has to be approved as an operator first"],
  [exitCode.tls, "the certificate is not trusted or not the pinned one"],
  [exitCode.protocol, "no Gateway, or one of another protocol"],
  [exitCode.temporary, "the Gateway cannot be reached or does not answer"],
] as const;

export const defaultTimeoutMs = 10_000;

/** Margins for the gateway's and the node's own timers still fit a timer of the platform. */
const longestMs = longestTimerMs - 120_000;

/** What is shorter was almost certainly meant as seconds. */
const shortestMs = 100;

/**
 * Reads a time limit in milliseconds. A bare number is milliseconds on all operator commands, as
 * scripts written for the reference give it.
 */
export function timeLimit(text: string | undefined, flag: string, fallbackMs: number): number {
  if (text === undefined) return fallbackMs;
  const bare = /^\d+$/.test(text.trim());
  const ms = bare ? Number(text) : parseDuration(text);
  if (ms === undefined || ms > longestMs) {
    throw new UsageError(
      `Cannot use ${flag} "${text}": it is not a duration of at most 24 days`,
      `For example: ${flag} 30s, ${flag} 5m, ${flag} 15000 (milliseconds)`,
    );
  }
  if (ms >= shortestMs) return ms;
  throw new UsageError(
    `Cannot use ${flag} "${text}": it is ${ms} ms, at least ${shortestMs} ms are wanted`,
    bare ? `A bare number is milliseconds; for seconds write: ${flag} ${text}s` : undefined,
  );
}

/** The node that a command is about. */
export function requiredNode(name: string | undefined): string {
  if (name !== undefined && name.trim() !== "") return name;
  throw new UsageError(
    "Cannot run this without --node: it names the node",
    "See which there are: clawdbot nodes status",
  );
}
