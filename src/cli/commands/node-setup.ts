/** Everything that a node host needs before it connects: settings, files, lock, identity. */
import { resolve } from "node:path";

import type { ParsedArgs } from "citty";

import type { Credentials } from "../../client/credentials.ts";
import { gatewayKey } from "../../client/endpoint.ts";
import type { Failure } from "../../client/failure.ts";
import { type RouteSettings, accessVariables, routeOf } from "../../client/route.ts";
import { formatDuration, parseDuration } from "../../lib/duration.ts";
import { UsageError, messageOf } from "../../lib/errors.ts";
import { GatewayCandidates } from "../../node/gateway-candidates.ts";
import {
  type ChosenGateway,
  type GatewayFlags,
  chooseGateway,
  toStored,
} from "../../node/gateway-settings.ts";
import type { Patience } from "../../node/serve-until.ts";
import type { Log } from "../../platform/ports.ts";
import type { HelloOk } from "../../protocol/connect.ts";
import { type AgentLimits, readAgentLimits } from "../../node/agent-limits.ts";
import { type DeviceIdentity, loadOrCreateIdentity } from "../../state/device-identity.ts";
import {
  deviceTokenFor,
  readReferenceToken,
  readReferenceTokens,
} from "../../state/device-token.ts";
import { type InstanceLock, takeInstanceLock } from "../../state/instance-lock.ts";
import { type NodeConfig, readNodeConfig, writeNodeConfig } from "../../state/node-config.ts";
import {
  type StatePaths,
  homeDirectory,
  meetingDirectory,
  pathsIn,
  stateDirectory,
} from "../../state/paths.ts";
import { type GatewaySecrets, readSecrets } from "../../state/secrets.ts";
import { readTrustAnchors } from "../../state/trust-anchors.ts";
import type { CliContext } from "../context.ts";
import { readSetupCode, setupCodeInput } from "../setup-code-input.ts";
import type { nodeRunArgs, serviceArgs } from "./node-run-args.ts";

interface NodeSettings {
  readonly patience: Patience;
  readonly drainMs: number;
  readonly trustApprovals: boolean;
  readonly lockApprovals: boolean;
  readonly strictInlineEval: boolean;
  /** Undefined: nobody is asked on this machine. */
  readonly ask: { readonly timeoutMs: number; readonly profile: string | undefined } | undefined;
}

export interface NodeSetup {
  readonly settings: NodeSettings;
  readonly agentLimits: AgentLimits;
  readonly log: Log;
  readonly paths: StatePaths;
  readonly identity: DeviceIdentity;
  readonly config: NodeConfig;
  /** The address that is tried now, or that let this node in. */
  gateway(): ChosenGateway;
  route(): RouteSettings;
  credentials(): Credentials;
  secretGiven(): boolean;
  /** Keeps what the gateway said and issued. */
  accepted(hello: HelloOk): void;
  failed(failure: Failure): void;
  release(): void;
}

/** What the flags and files of a host say, before anything is written or locked. */
export interface CheckedNode {
  readonly paths: StatePaths;
  readonly stored: NodeConfig;
  readonly agentLimits: AgentLimits;
  readonly settings: NodeSettings;
  readonly secrets: () => GatewaySecrets;
  readonly route: () => RouteSettings;
  readonly code: GivenCode | undefined;
  readonly candidates: GatewayCandidates;
}

type ReadCode = (
  flags: GatewayFlags,
  stored: NodeConfig,
  paths: StatePaths,
) => Promise<GivenCode | undefined>;

/**
 * Throws what would keep a host from ever working, without changing anything. `readCode` gives the
 * setup code, where one is used; that uses up a join address.
 */
export async function checkNode(
  context: CliContext,
  args: ParsedArgs<typeof serviceArgs>,
  readCode?: ReadCode,
): Promise<CheckedNode> {
  const { env, files, random } = context;
  const paths = pathsIn(stateDirectory(env, args.profile));
  const standardInput = args["token-file"] === "-" ? await context.readStandardInput() : undefined;
  const stored = readNodeConfig(files, paths, random);
  const agentLimits = readAgentLimits(stored["agentLimits"], paths.nodeConfig);
  const flags: GatewayFlags = {
    url: args.url,
    contextPath: args["context-path"],
    host: args.host,
    port: args.port,
    tls: args.tls,
    tlsFingerprint: args["tls-fingerprint"],
    // Stored, and read again from wherever the host is started next.
    tlsCaFile: absolute(context, args["tls-ca-file"]),
  };
  const settings: NodeSettings = {
    patience: {
      once: args.once === true,
      waitForPairingMs: duration(args["wait-for-pairing"], "--wait-for-pairing"),
    },
    drainMs: duration(args["drain-timeout"], "--drain-timeout") ?? 0,
    ask: askSettings(args),
    lockApprovals: args["lock-approvals"] === true || stored["lockApprovals"] === true,
    strictInlineEval: args["strict-inline-eval"] === true || stored["strictInlineEval"] === true,
    trustApprovals:
      args["trust-gateway-approvals"] === true || stored["trustGatewayApprovals"] === true,
  };
  const secrets = (): GatewaySecrets => {
    const found = readSecrets(files, { env, tokenFile: args["token-file"], standardInput });
    context.redactor.add(found.token);
    context.redactor.add(found.password);
    return found;
  };
  // A wrong file is told now, not at the first attempt.
  secrets();
  // After everything that may be wrong: a join address is used up by asking it.
  const code = await readCode?.(flags, stored, paths);
  const [first, ...others] = code?.gateways ?? [chooseGateway(flags, stored.gateway)];
  const candidates = new GatewayCandidates(first, others);
  const route = (): RouteSettings => {
    const { endpoint, pin, caFile } = candidates.current;
    return {
      endpoint,
      pin,
      ca: caFile === undefined ? undefined : readTrustAnchors(files, caFile),
      allowInsecure: args["allow-insecure-ws"] === true,
    };
  };
  for (const name of accessVariables) context.redactor.add(env[name]);
  // Settings that no attempt could use are told now, not at every attempt.
  if (others.length === 0) routeOf(route(), env);
  return { paths, stored, agentLimits, settings, secrets, route, code, candidates };
}

export async function prepareNode(
  context: CliContext,
  args: ParsedArgs<typeof nodeRunArgs>,
): Promise<NodeSetup> {
  return takeState(context, args, await checkWithCode(context, args));
}

/** As `checkNode`, with the setup code that is given and wanted; a join address is used up. */
export function checkWithCode(
  context: CliContext,
  args: ParsedArgs<typeof nodeRunArgs>,
): Promise<CheckedNode> {
  if (args["token-file"] === "-" && (args.pair ?? args["pair-if-needed"]) === "-") {
    throw new UsageError("Cannot read a token and a setup code from standard input: one is wanted");
  }
  return checkNode(context, args, (flags, config, at) =>
    setupCodeFor(context, args, flags, config, at),
  );
}

/** Locks the state directory, and makes what is missing in it. */
export async function takeState(
  context: CliContext,
  args: ParsedArgs<typeof nodeRunArgs>,
  checked: CheckedNode,
): Promise<NodeSetup> {
  const { env, files, clock } = context;
  const { paths, stored, settings, secrets, route, code, candidates } = checked;
  const { release, problem } = await lockNode(context, paths);
  try {
    const homePaths = pathsIn(stateDirectory({ HOME: homeDirectory(env) }, undefined));
    const identity = loadOrCreateIdentity(files, paths, homePaths, clock);
    const key = (): string => gatewayKey(candidates.current.endpoint);
    const reference = readReferenceToken(files, paths, identity.deviceId);
    const nodeId = args["node-id"]?.trim() || undefined;
    const renewed = nodeId !== undefined && nodeId !== stored.nodeId;
    let bootstrapToken = code?.bootstrapToken;
    let token = renewed ? undefined : deviceTokenFor(key(), stored, reference);
    const log = context.log(
      args["log-format"],
      args.verbose === true,
      absolute(context, args["log-file"]),
    );
    let config = configOf(context, stored, args, renewed ? nodeId : undefined);
    // What a setup code says of the gateway is kept when that gateway has accepted it.
    if (code === undefined) {
      config = { ...config, gateway: toStored(candidates.current, stored.gateway) };
      if (token !== undefined) config = { ...config, token, tokenGateway: key() };
    }
    if (problem !== undefined) {
      log.warn(`${problem}: this host serves all the same, and what it learns is not kept`);
    }
    keepConfig(context, paths, config, log);
    context.redactor.add(token);
    let given = false;
    return {
      settings,
      agentLimits: checked.agentLimits,
      gateway: () => candidates.current,
      log,
      paths,
      identity,
      config,
      route,
      release,
      secretGiven: () => given,
      credentials() {
        // A code says by itself where its gateway is: what is meant for another one stays here.
        const { token: sharedToken, password } = code === undefined ? secrets() : noSecrets;
        given = (bootstrapToken ?? token ?? sharedToken ?? password) !== undefined;
        return { bootstrapToken, deviceToken: token, sharedToken, password };
      },
      failed: (failure) => candidates.failed(failure),
      accepted(hello) {
        candidates.settle();
        const issued = hello.auth?.deviceToken;
        if (bootstrapToken !== undefined) {
          // Used up now; what this gateway issued is what counts from here on.
          bootstrapToken = undefined;
          token = undefined;
          const { token: _old, tokenGateway: _oldGateway, ...rest } = config;
          config = { ...rest, gateway: toStored(candidates.current, stored.gateway) };
        } else if (issued === undefined || issued === token) return;
        token = issued;
        context.redactor.add(token);
        try {
          if (token !== undefined) config = { ...config, token, tokenGateway: key() };
          writeNodeConfig(files, paths, config);
        } catch (error) {
          log.warn(`the device token could not be stored: ${messageOf(error)}`);
        }
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** The lock of a state directory, for this process. */
export async function lockNode(context: CliContext, paths: StatePaths): Promise<InstanceLock> {
  const { files, machine } = context;
  return takeInstanceLock(files, paths, {
    lock: await context.kernelLock(),
    ownPid: machine.pid,
    meetingDirectory: meetingDirectory(),
  });
}

/** Settings count without being stored; a node whose id is not stored would be another every time. */
function keepConfig(context: CliContext, paths: StatePaths, config: NodeConfig, log: Log): void {
  const { files, random } = context;
  try {
    writeNodeConfig(files, paths, config);
  } catch (error) {
    if (readNodeConfig(files, paths, random).nodeId !== config.nodeId) throw error;
    log.warn(`the settings of this start could not be stored: ${messageOf(error)}`);
  }
}

/** Nobody answers faster than this. */
const shortestAskMs = 1000;

function askSettings(args: ParsedArgs<typeof serviceArgs>): NodeSettings["ask"] {
  const timeoutMs = duration(args["ask-timeout"], "--ask-timeout") ?? 0;
  if (timeoutMs < shortestAskMs) {
    throw new UsageError(
      `Cannot use --ask-timeout "${args["ask-timeout"]}": a person needs at least ${formatDuration(shortestAskMs)}`,
    );
  }
  return args["ask-local"] === true ? { timeoutMs, profile: args.profile } : undefined;
}
const noSecrets: GatewaySecrets = { token: undefined, password: undefined };

function configOf(
  context: CliContext,
  stored: NodeConfig,
  args: ParsedArgs<typeof nodeRunArgs>,
  newNodeId: string | undefined,
): NodeConfig {
  const { token: _token, tokenGateway: _tokenGateway, ...rest } = stored;
  const kept = newNodeId === undefined ? stored : rest;
  const displayName = args["display-name"]?.trim() || stored.displayName || hostName(context);
  return {
    ...kept,
    nodeId: newNodeId ?? stored.nodeId,
    displayName,
  };
}

interface GivenCode {
  readonly gateways: readonly [ChosenGateway, ...ChosenGateway[]];
  readonly bootstrapToken: string;
}

/** What the setup code of the command line says, if one is given and wanted. */
async function setupCodeFor(
  context: CliContext,
  args: ParsedArgs<typeof nodeRunArgs>,
  flags: GatewayFlags,
  stored: NodeConfig,
  paths: StatePaths,
): Promise<GivenCode | undefined> {
  const { pair, "pair-if-needed": pairIfNeeded } = args;
  const input = await setupCodeInput(context, { pair, pairIfNeeded });
  if (input === undefined) return undefined;
  const paired =
    (stored.token ?? readReferenceTokens(context.files, paths)?.tokens["node"]) !== undefined;
  if (input.onlyIfNeeded && paired && args["node-id"] === undefined) return undefined;
  const { url, host, port, tls, contextPath, tlsFingerprint } = flags;
  if ((url ?? host ?? port ?? tls ?? contextPath ?? tlsFingerprint) !== undefined) {
    throw new UsageError(
      "Cannot use a setup code with --url, --host, --port, --context-path, --tls or --tls-fingerprint: the code says where the Gateway is",
    );
  }
  const caFile = flags.tlsCaFile;
  const ca = caFile === undefined ? undefined : readTrustAnchors(context.files, caFile);
  // Only looked at: another host here would let a code go to waste.
  (await lockNode(context, paths)).release();
  const { endpoints, pin, bootstrapToken } = await readSetupCode(context, input, ca);
  const [first, ...others] = endpoints.map((endpoint) => ({
    endpoint,
    pin,
    caFile: endpoint.tls ? caFile : undefined,
  }));
  if (first === undefined) return undefined;
  return { gateways: [first, ...others], bootstrapToken };
}

function absolute({ machine }: CliContext, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(machine.cwd, path);
}

function hostName({ machine }: CliContext): string {
  return machine.hostname.replace(/\.local$/, "") || "clawdbot";
}

function duration(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(
    `Cannot use ${flag} "${text}": a duration is written like 30s, 5m or 1h30m, at most ${formatDuration(2_147_483_647)}`,
  );
}
