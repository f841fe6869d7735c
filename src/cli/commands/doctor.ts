/** `clawdbot doctor`: every link between this machine and its gateway. */
import { parseDuration } from "../../lib/duration.ts";
import { UsageError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { commit, target, version } from "../../version.ts";
import { defineCommand } from "../command.ts";
import { examine } from "../doctor/examine.ts";
import { reportJson, reportText } from "../doctor/report.ts";
import { withEnvironmentFiles } from "../environment-files.ts";
import { writeJson } from "../json-output.ts";
import { scopeArgs } from "../service/service-flags.ts";
import { nodeRunArgs } from "./node-run-args.ts";

const longestMs = 300_000;

export const doctor = defineCommand({
  summary: "Look at every link of the chain to the Gateway, and say what mends the broken one.",
  details: [
    [
      "In this order: settings, DNS, TCP, proxy, TLS chain and pin, WebSocket upgrade, protocol, auth,",
      "pairing, clock, PATH, policy file, state directory, service, linger. What makes no sense after a",
      "failure is skipped. Nothing is changed, and no secret is shown: the text can be pasted into an issue.",
    ].join("\n"),
    [
      "A host that runs is asked what it knows, and never disturbed. Where none runs, the connection is",
      "made up to the Gateway's greeting, without saying who is there; --connect goes on and uses the",
      "node's identity, as node run would. A device that is not paired then waits for approval there.",
    ].join("\n"),
  ],
  args: {
    host: nodeRunArgs.host,
    port: nodeRunArgs.port,
    url: nodeRunArgs.url,
    "context-path": nodeRunArgs["context-path"],
    tls: {
      type: "boolean",
      description: nodeRunArgs.tls.description,
      negativeDescription: "Do not encrypt",
    },
    "tls-fingerprint": nodeRunArgs["tls-fingerprint"],
    "tls-ca-file": nodeRunArgs["tls-ca-file"],
    "allow-insecure-ws": nodeRunArgs["allow-insecure-ws"],
    "token-file": nodeRunArgs["token-file"],
    "env-file": nodeRunArgs["env-file"],
    connect: { type: "boolean", description: "Also try auth and pairing, where no host runs" },
    timeout: {
      type: "string",
      valueHint: "DURATION",
      default: "5s",
      description: "Longest wait for each link",
    },
    ...scopeArgs,
    profile: nodeRunArgs.profile,
    json: { type: "boolean", description: "One JSON object" },
  },
  repeatable: ["env-file"],
  environment: [
    ["CLAWDBOT_GATEWAY_TOKEN", "the gateway's token, offered with --connect"],
    ["CLAWDBOT_GATEWAY_PASSWORD", "the gateway's password"],
    ["CLAWDBOT_STATE_DIR", "state directory (default ~/.clawdbot)"],
    ["CLAWDBOT_PROFILE", "as --profile"],
    ["HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "proxy on the way to the gateway"],
  ],
  exitCodes: [
    [exitCode.ok, "nothing failed; there may be warnings"],
    [exitCode.failure, "something failed"],
  ],
  examples: [
    ["clawdbot doctor", "The configured Gateway, or the running host"],
    ["clawdbot doctor --connect", "Also whether the Gateway lets this node in"],
    ["clawdbot doctor --url wss://gateway.example.com", "An address, before it is used"],
    ["clawdbot doctor --json", "For programs"],
  ],
  async run(outer, { args, repeated }) {
    const context = withEnvironmentFiles(outer, repeated["env-file"] ?? []);
    const timeoutMs = parseDuration(args.timeout, longestMs);
    if (timeoutMs === undefined || timeoutMs < 1) {
      throw new UsageError(
        `Cannot use --timeout "${args.timeout}": a duration is written like 500ms or 10s, at most 5m`,
      );
    }
    const standardInput =
      args["token-file"] === "-" ? await context.readStandardInput() : undefined;
    const connect = args.connect === true;
    const checks = await examine(context, { args, timeoutMs, standardInput, connect });
    const program = { version, commit, target };
    if (args.json === true) writeJson(context.out, reportJson(program, checks));
    else context.out.write(reportText(`clawdbot ${version} (${commit}, ${target})`, checks));
    return checks.some(({ status }) => status === "fail") ? exitCode.failure : exitCode.ok;
  },
});
