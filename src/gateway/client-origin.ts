/** Where a connection comes from, as far as its address can be believed. */

export interface ClientOrigin {
  /** Made on this very machine, by a program that talks to the gateway directly. */
  readonly local: boolean;
  /** Address of the peer; unknown behind a proxy, whose own address would only mislead. */
  readonly remoteIp: string | undefined;
}

/** A proxy on this machine makes everybody look local: one sign of it ends that. */
const proxyHeaders = [
  "x-forwarded-for",
  "x-real-ip",
  "forwarded",
  "x-forwarded-host",
  "x-forwarded-proto",
  "via",
  "cf-connecting-ip",
  "true-client-ip",
];

export function clientOrigin(
  remoteAddress: string,
  headers: Readonly<Record<string, string>>,
): ClientOrigin {
  if (proxyHeaders.some((name) => headers[name] !== undefined)) {
    return { local: false, remoteIp: undefined };
  }
  const address = remoteAddress.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  return {
    local: isLoopback(address),
    remoteIp: address === "" ? undefined : address,
  };
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^127(\.\d{1,3}){3}$/.test(address);
}
