/** Everything that a node host needs before it connects: settings, files, lock, identity. */
import { resolve } from "node:path";

import type { ParsedArgs } from "citty";

import type { Credentials } from "../../client/credentials.ts";
import { gatewayKey } from "../../client/endpoint.ts";
import { type RouteSettings, routeOf } from "../../client/route.ts";
import { formatDuration, parseDuration } from "../../lib/duration.ts";
import { UsageError, messageOf } from "../../lib/errors.ts";
import { type ChosenGateway, chooseGateway, toStored } from "../../node/gateway-settings.ts";
import type { Patience } from "../../node/serve-until.ts";
import type { Log } from "../../platform/ports.ts";
import type { HelloOk } from "../../protocol/connect.ts";
import { type DeviceIdentity, loadOrCreateIdentity } from "../../state/device-identity.ts";
import { deviceTokenFor, readReferenceToken } from "../../state/device-token.ts";
import { takeInstanceLock } from "../../state/instance-lock.ts";
import { type NodeConfig, readNodeConfig, writeNodeConfig } from "../../state/node-config.ts";
import { type StatePaths, homeDirectory, pathsIn, stateDirectory } from "../../state/paths.ts";
import { type GatewaySecrets, readSecrets } from "../../state/secrets.ts";
import { readTrustAnchors } from "../../state/trust-anchors.ts";
import type { CliContext } from "../context.ts";
import type { nodeRunArgs } from "./node-run-args.ts";

interface NodeSettings {
  readonly gateway: ChosenGateway;
  readonly patience: Patience;
  readonly drainMs: number;
  readonly trustApprovals: boolean;
  readonly lockApprovals: boolean;
}

export interface NodeSetup {
  readonly settings: NodeSettings;
  readonly log: Log;
  readonly paths: StatePaths;
  readonly identity: DeviceIdentity;
  readonly config: NodeConfig;
  route(): RouteSettings;
  credentials(): Credentials;
  secretGiven(): boolean;
  rememberToken(hello: HelloOk): void;
  release(): void;
}

/** What the flags and files of a host say, before anything is written or locked. */
export interface CheckedNode {
  readonly paths: StatePaths;
  readonly stored: NodeConfig;
  readonly settings: NodeSettings;
  readonly secrets: () => GatewaySecrets;
  readonly route: () => RouteSettings;
}

/** Throws what would keep a host from ever working, without changing anything. */
export async function checkNode(
  context: CliContext,
  args: ParsedArgs<typeof nodeRunArgs>,
): Promise<CheckedNode> {
  const { env, files, random } = context;
  const paths = pathsIn(stateDirectory(env, args.profile));
  const standardInput = args["token-file"] === "-" ? await context.readStandardInput() : undefined;
  const stored = readNodeConfig(files, paths, random);
  const settings: NodeSettings = {
    gateway: chooseGateway(
      {
        url: args.url,
        host: args.host,
        port: args.port,
        tls: args.tls,
        tlsFingerprint: args["tls-fingerprint"],
        // Stored, and read again from wherever the host is started next.
        tlsCaFile: absolute(context, args["tls-ca-file"]),
      },
      stored.gateway,
    ),
    patience: {
      once: args.once === true,
      waitForPairingMs: duration(args["wait-for-pairing"], "--wait-for-pairing"),
    },
    drainMs: duration(args["drain-timeout"], "--drain-timeout") ?? 0,
    lockApprovals: args["lock-approvals"] === true || stored["lockApprovals"] === true,
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
  const route = (): RouteSettings => ({
    endpoint: settings.gateway.endpoint,
    pin: settings.gateway.pin,
    ca:
      settings.gateway.caFile === undefined
        ? undefined
        : readTrustAnchors(files, settings.gateway.caFile),
    allowInsecure: args["allow-insecure-ws"] === true,
  });
  // Settings that no attempt could use are told now, not at every attempt.
  routeOf(route(), env);
  return { paths, stored, settings, secrets, route };
}

export async function prepareNode(
  context: CliContext,
  args: ParsedArgs<typeof nodeRunArgs>,
): Promise<NodeSetup> {
  const { env, files, clock } = context;
  const { paths, stored, settings, secrets, route } = await checkNode(context, args);
  const release = takeInstanceLock(files, paths, await context.kernelLock(), context.machine.pid);
  try {
    const homePaths = pathsIn(stateDirectory({ HOME: homeDirectory(env) }, undefined));
    const identity = loadOrCreateIdentity(files, paths, homePaths, clock);
    const key = gatewayKey(settings.gateway.endpoint);
    const reference = readReferenceToken(files, paths, identity.deviceId);
    const nodeId = args["node-id"]?.trim() || undefined;
    const renewed = nodeId !== undefined && nodeId !== stored.nodeId;
    let token = renewed ? undefined : deviceTokenFor(key, stored, reference);
    const log = context.log(
      args["log-format"],
      args.verbose === true,
      absolute(context, args["log-file"]),
    );
    let config = configOf(context, stored, settings.gateway, args, renewed ? nodeId : undefined);
    if (token !== undefined) config = { ...config, token, tokenGateway: key };
    writeNodeConfig(files, paths, config);
    context.redactor.add(token);
    let given = false;
    return {
      settings,
      log,
      paths,
      identity,
      config,
      route,
      release,
      secretGiven: () => given,
      credentials() {
        const { token: sharedToken, password } = secrets();
        given = (token ?? sharedToken ?? password) !== undefined;
        return { deviceToken: token, sharedToken, password };
      },
      rememberToken(hello) {
        const issued = hello.auth?.deviceToken;
        if (issued === undefined || issued === token) return;
        token = issued;
        context.redactor.add(token);
        try {
          config = { ...config, token, tokenGateway: key };
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

function configOf(
  context: CliContext,
  stored: NodeConfig,
  gateway: ChosenGateway,
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
    gateway: toStored(gateway, stored.gateway),
  };
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
