/** Which gateway the doctor looks at, from flags and files, without writing any. */
import { resolve } from "node:path";

import type { Credentials } from "../../client/credentials.ts";
import { type Endpoint, gatewayKey, unbracketed, urlOf } from "../../client/endpoint.ts";
import { proxyFor } from "../../client/proxy.ts";
import { type Route, accessVariables, routeOf } from "../../client/route.ts";
import { type GatewayFlags, chooseGateway } from "../../node/gateway-settings.ts";
import { deviceTokenFor, readReferenceToken } from "../../state/device-token.ts";
import { loadIdentity } from "../../state/device-identity.ts";
import { type NodeConfig, readNodeConfig } from "../../state/node-config.ts";
import type { StatePaths } from "../../state/paths.ts";
import { readSecrets } from "../../state/secrets.ts";
import { readTrustAnchors } from "../../state/trust-anchors.ts";
import type { CliContext } from "../context.ts";
import { switchFlag, textFlag } from "../flag-values.ts";
import { type Finding, failureOf } from "./check.ts";

export type ProxyUse =
  | {
      readonly ok: true;
      readonly place: Pick<Endpoint, "host" | "port">;
      /** Without its password. */
      readonly shown: string;
      readonly route: Route;
    }
  | { readonly ok: false; readonly finding: Finding };

export interface DoctorGateway {
  readonly endpoint: Endpoint;
  readonly url: string;
  /** Where it was said: by flags, in node.json, or nowhere. */
  readonly source: "flags" | "node.json" | "default";
  readonly config: NodeConfig;
  readonly pin: string | undefined;
  readonly proxy: ProxyUse | undefined;
  /** Starts the host with other flags. */
  readonly start: string;
  route(): Route;
  /** May throw: a file that was named is not there. */
  credentials(): Credentials;
}

interface Wanted {
  readonly args: Readonly<Record<string, unknown>>;
  readonly paths: StatePaths;
  /** What a service is given besides the environment. */
  readonly credentialsDirectory: string | undefined;
  readonly standardInput: string | undefined;
  readonly start: string;
}

/** Throws what is wrong with the settings. */
export function doctorGateway(context: CliContext, wanted: Wanted): DoctorGateway {
  const { files, random, redactor } = context;
  const { args, paths, start } = wanted;
  const env = { ...context.env };
  env["CREDENTIALS_DIRECTORY"] ??= wanted.credentialsDirectory;
  for (const name of accessVariables) redactor.add(env[name]);
  const config = readNodeConfig(files, paths, random);
  redactor.add(config.token);
  const caFile = textFlag(args, "tls-ca-file");
  const flags: GatewayFlags = {
    url: textFlag(args, "url"),
    contextPath: textFlag(args, "context-path"),
    host: textFlag(args, "host"),
    port: textFlag(args, "port"),
    tls: typeof args["tls"] === "boolean" ? args["tls"] : undefined,
    tlsFingerprint: textFlag(args, "tls-fingerprint"),
    tlsCaFile: caFile === undefined ? undefined : resolve(context.machine.cwd, caFile),
  };
  const chosen = chooseGateway(flags, config.gateway);
  const { endpoint, pin } = chosen;
  const ca = chosen.caFile === undefined ? undefined : readTrustAnchors(files, chosen.caFile);
  const allowInsecure = switchFlag(args, "allow-insecure-ws");
  const settings = { endpoint, pin, ca, allowInsecure };
  // What is wrong with a proxy is told at its own place in the chain.
  routeOf(settings, {});
  const proxy = proxyUse(context, endpoint, () => routeOf(settings, env));
  const said = Object.values(flags).some((value) => value !== undefined);
  const { standardInput } = wanted;
  const tokenFile = textFlag(args, "token-file");
  return {
    endpoint,
    url: urlOf(endpoint),
    source: said ? "flags" : config.gateway === undefined ? "default" : "node.json",
    config,
    pin,
    proxy,
    start,
    route: () => routeOf(settings, env),
    credentials() {
      const { token, password } = readSecrets(files, { env, tokenFile, standardInput });
      redactor.add(token);
      redactor.add(password);
      const device = loadIdentity(files, paths)?.deviceId;
      const reference = device === undefined ? undefined : readReferenceToken(files, paths, device);
      const deviceToken = deviceTokenFor(gatewayKey(endpoint), config, reference);
      redactor.add(deviceToken);
      return { deviceToken, sharedToken: token, password };
    },
  };
}

function proxyUse(
  { env, redactor }: CliContext,
  endpoint: Endpoint,
  route: () => Route,
): ProxyUse | undefined {
  try {
    const text = proxyFor(endpoint, env);
    if (text === undefined) return undefined;
    const url = new URL(text);
    redactor.add(url.password);
    redactor.add(decodeURIComponent(url.password));
    const port = Number(url.port || (url.protocol === "https:" ? "443" : "80"));
    const place = { host: unbracketed(url.hostname), port };
    const shown = `${url.protocol}//${url.host}${url.username === "" ? "" : " (with a password)"}`;
    return { ok: true, place, shown, route: route() };
  } catch (error) {
    return { ok: false, finding: failureOf(error) };
  }
}
