/** Kinds of host names and addresses, by their text alone. */

export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  const address = ipv4(name) ?? mappedIpv4(name);
  return address !== undefined && address[0] === 127;
}

/**
 * True for hosts that an unencrypted connection may be made to: loopback, private, link-local,
 * CGNAT and ULA addresses, `.local`, `*.ts.net` and single-label names.
 */
export function isPrivateHost(host: string): boolean {
  const name = host.toLowerCase();
  if (isLoopback(name)) return true;
  const address = ipv4(name) ?? mappedIpv4(name);
  if (address !== undefined) return isPrivateIpv4(address);
  if (name.includes(":")) return isPrivateIpv6(name);
  return isPrivateName(name);
}

/** `0x8080808` and `134744072` are addresses to a resolver, and it knows more dots than `.`. */
function isPrivateName(name: string): boolean {
  if (!/^[a-z0-9_.-]+$/.test(name) || /^(0x[0-9a-f]*|\d+)$/.test(name)) return false;
  return !name.includes(".") || name.endsWith(".local") || name.endsWith(".ts.net");
}

function isPrivateIpv4([a, b]: readonly number[]): boolean {
  if (a === undefined || b === undefined) return false;
  if (a === 10) return true;
  if (a === 172) return b >= 16 && b <= 31;
  if (a === 192) return b === 168;
  if (a === 169) return b === 254;
  return a === 100 && b >= 64 && b <= 127;
}

/** Unique local fc00::/7 and link-local fe80::/10. */
function isPrivateIpv6(name: string): boolean {
  const first = Number.parseInt(name.split(":")[0] ?? "", 16);
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80;
}

/** The four bytes of a dotted IPv4 address. Resolvers read a leading zero as octal; we do not. */
export function ipv4(name: string): readonly number[] | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(name)) return undefined;
  const bytes = name.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** IPv4 inside IPv6: `::ffff:192.0.2.1`, also as URLs normalise it, `::ffff:c000:201`. */
function mappedIpv4(name: string): readonly number[] | undefined {
  if (!name.startsWith("::ffff:")) return undefined;
  const rest = name.slice("::ffff:".length);
  const hex = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(rest);
  if (hex === null) return ipv4(rest);
  const [high, low] = [Number.parseInt(hex[1] ?? "", 16), Number.parseInt(hex[2] ?? "", 16)];
  return [high >> 8, high & 255, low >> 8, low & 255];
}
