/** The command that mends a connection which failed. */
import type { Endpoint } from "../../client/endpoint.ts";
import { formatFingerprint } from "../../client/fingerprint.ts";
import { shellQuote } from "../../lib/display-text.ts";

export interface FixFacts {
  /** Starts the host with other flags: `clawdbot node run`, or the service's `node install`. */
  readonly start: string;
  readonly endpoint: Pick<Endpoint, "host" | "port">;
  /** Of the certificate that the server shows, lower-case hex. */
  readonly fingerprint?: string | undefined;
}

/** `kind`: of a failure, or `no-tls`. Undefined: what the failure itself says is all. */
export function gatewayFix(kind: string, facts: FixFacts): string | undefined {
  const { start, endpoint, fingerprint } = facts;
  const host = shellQuote(endpoint.host);
  const sha = fingerprint === undefined ? "SHA256" : formatFingerprint(fingerprint);
  switch (kind) {
    case "dns":
      return `Check the name (getent hosts ${host}), or use another one: ${start} --host HOST`;
    case "refused":
      return `Start the Gateway there, or use its right port: ${start} --host ${host} --port PORT`;
    case "unreachable":
      return `Check the network between here and there: ping -c 3 ${host}`;
    case "timeout":
      return `Check firewalls on the way: nc -vz ${host} ${endpoint.port}`;
    case "tls":
      return `If this is the fingerprint of the Gateway's certificate: ${start} --tls-fingerprint ${sha}; or trust its authority: ${start} --tls-ca-file FILE`;
    case "no-tls":
      return `Nothing speaks TLS there: use the Gateway's right port: ${start} --host ${host} --port PORT`;
    case "tls-pin":
      return `Only if the Gateway's certificate was renewed, and this is the new one: ${start} --tls-fingerprint ${sha}`;
    case "not-a-gateway":
      return `Another program answers there; use the Gateway's port or path: ${start} --host ${host} --port PORT`;
    default:
      return undefined;
  }
}
