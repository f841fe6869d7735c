/** At which link of the chain a connection failed. */
import type { FailureKind } from "../../client/failure.ts";
import type { CheckId } from "./check.ts";

/** The links that a connection consists of, first to last. */
export const chain = [
  "settings",
  "dns",
  "tcp",
  "proxy",
  "tls",
  "upgrade",
  "protocol",
  "auth",
  "pairing",
] as const satisfies readonly CheckId[];

const stages: Readonly<Record<FailureKind, CheckId>> = {
  settings: "settings",
  dns: "dns",
  refused: "tcp",
  unreachable: "tcp",
  timeout: "tcp",
  proxy: "proxy",
  tls: "tls",
  "tls-pin": "tls",
  "not-a-gateway": "upgrade",
  closed: "upgrade",
  silent: "upgrade",
  restarting: "protocol",
  protocol: "protocol",
  rejected: "protocol",
  auth: "auth",
  "setup-code": "auth",
  "auth-changed": "auth",
  limited: "auth",
  signature: "auth",
  clock: "auth",
  pairing: "pairing",
};

/** Of a kind that is not known here: the host may be of another version. */
export function stageOf(kind: string): CheckId {
  return isKind(kind) ? stages[kind] : "protocol";
}

function isKind(kind: string): kind is FailureKind {
  return Object.hasOwn(stages, kind);
}
