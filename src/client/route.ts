import { UserError } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import type { SocketOptions } from "../platform/ports.ts";
import { isPrivateHost } from "./address.ts";
import { type Endpoint, urlOf } from "./endpoint.ts";
import { proxyFor } from "./proxy.ts";

/** How the gateway is reached. */
export type Route = SocketOptions;

export interface RouteSettings {
  readonly endpoint: Endpoint;
  /** Lower-case hex SHA-256 of the only certificate that is spoken to. */
  readonly pin: string | undefined;
  /** Trust anchors in PEM, instead of the system's. */
  readonly ca: string | undefined;
  readonly allowInsecure: boolean;
}

/** Checks that the settings may be dialled at all and adds the proxy of the environment. */
export function routeOf(
  settings: RouteSettings,
  env: Readonly<Record<string, string | undefined>>,
): Route {
  const { endpoint, pin, ca } = settings;
  if (!endpoint.tls && !settings.allowInsecure && !isPrivateHost(endpoint.host)) {
    throw new UserError(
      `Cannot connect to "${urlOf(endpoint)}": it would send the token unencrypted over a public network`,
      {
        exitCode: exitCode.usage,
        hint: "Encrypt with --tls or a wss:// address, or use a tunnel (ssh -N -L 18789:127.0.0.1:18789 HOST), or --allow-insecure-ws",
      },
    );
  }
  const proxy = proxyFor(endpoint, env);
  const headers = endpoint.tls ? accessHeaders(env) : undefined;
  return {
    url: urlOf(endpoint),
    ...(headers === undefined ? {} : { headers }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(pin === undefined ? {} : { pin }),
  };
}

/** The variables that hold a Cloudflare Access service token, both to be kept out of logs. */
export const accessVariables = ["CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET"] as const;

/** What a gateway behind Cloudflare Access wants to see; never sent unencrypted. */
function accessHeaders(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> | undefined {
  const [id, secret] = accessVariables.map((name) => env[name]?.trim() ?? "");
  if (!id || !secret) return undefined;
  if (/[^\x21-\x7e]/.test(id + secret)) {
    throw new UserError(
      `Cannot use ${accessVariables.join(" and ")}: one of them has characters that a header cannot carry`,
      { exitCode: exitCode.config },
    );
  }
  return { "CF-Access-Client-Id": id, "CF-Access-Client-Secret": secret };
}
