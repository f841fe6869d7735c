/** Which proxy the environment names for a gateway, if any. */
import { UserError } from "../lib/errors.ts";
import { ipv4, isLoopback } from "./address.ts";
import type { Endpoint } from "./endpoint.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy URL for an endpoint from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in
 * either case. Loopback is never proxied. Throws when the proxy is of a kind that cannot be used.
 */
export function proxyFor(
  endpoint: Pick<Endpoint, "host" | "port" | "tls">,
  env: Env,
): string | undefined {
  if (isLoopback(endpoint.host)) return undefined;
  const names = endpoint.tls ? ["HTTPS_PROXY", "ALL_PROXY"] : ["HTTP_PROXY", "ALL_PROXY"];
  const found = names
    .map((name) => ({ name, value: lookUp(env, name) }))
    .find(({ value }) => value);
  if (found?.value === undefined || bypasses(lookUp(env, "NO_PROXY"), endpoint)) return undefined;
  const text = found.value.includes("://") ? found.value : `http://${found.value}`;
  const scheme = /^([a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== "http" && scheme !== "https") {
    throw new UserError(
      `Cannot use the proxy in ${found.name}: "${scheme}" proxies are not supported, http and https are`,
      {
        hint: `Set ${found.name}=http://HOST:PORT, or reach the gateway without it: NO_PROXY=${endpoint.host}`,
      },
    );
  }
  if (!URL.canParse(text)) {
    // The value itself may hold a password.
    throw new UserError(`Cannot use the proxy in ${found.name}: it is not an address`, {
      hint: `Set ${found.name}=http://HOST:PORT`,
    });
  }
  return text;
}

function lookUp(env: Env, name: string): string | undefined {
  const value = (env[name.toLowerCase()] ?? env[name])?.trim();
  return value === "" ? undefined : value;
}

function bypasses(list: string | undefined, endpoint: Pick<Endpoint, "host" | "port">): boolean {
  const entries = (list ?? "").split(/[,\s]+/).filter((entry) => entry !== "");
  return entries.some((entry) => matches(entry.toLowerCase(), endpoint));
}

function matches(entry: string, { host, port }: Pick<Endpoint, "host" | "port">): boolean {
  const name = host.toLowerCase();
  if (entry === "*") return true;
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(entry);
  const withPort = /^([^:]+):(\d+)$/.exec(entry);
  const wantedPort = bracketed?.[2] ?? withPort?.[2];
  const wanted = bracketed?.[1] ?? withPort?.[1] ?? entry;
  if (wantedPort !== undefined && Number(wantedPort) !== port) return false;
  if (wanted.includes("/")) return inCidr(name, wanted);
  const suffix = wanted.replace(/^\*?\./, "");
  return name === suffix || name.endsWith(`.${suffix}`);
}

/** IPv4 only: IPv6 ranges in NO_PROXY are too rare to be worth an address library. */
function inCidr(name: string, range: string): boolean {
  const [base = "", bits = ""] = range.split("/");
  const width = /^\d{1,2}$/.test(bits) ? Number(bits) : Number.NaN;
  const [address, network] = [ipv4(name), ipv4(base)];
  if (address === undefined || network === undefined || !(width <= 32)) return false;
  const mask = width === 0 ? 0 : (0xffff_ffff << (32 - width)) >>> 0;
  return (toNumber(address) & mask) >>> 0 === (toNumber(network) & mask) >>> 0;
}

function toNumber(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}
