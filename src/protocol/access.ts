/** Which role and which scope a request needs, and which scope an event. */

export const scopes = {
  admin: "operator.admin",
  read: "operator.read",
  write: "operator.write",
  approvals: "operator.approvals",
  pairing: "operator.pairing",
} as const;

export type Scope = (typeof scopes)[keyof typeof scopes];

/** Who may call a method: nodes, or operators that hold the scope. */
export type Access = "node" | Scope;

export const methodAccess = {
  health: scopes.read,
  status: scopes.read,
  "node.list": scopes.read,
  "node.describe": scopes.read,
  "node.invoke": scopes.write,
  "node.rename": scopes.pairing,
  "node.pair.list": scopes.pairing,
  "device.pair.list": scopes.pairing,
  "device.pair.approve": scopes.pairing,
  "device.pair.reject": scopes.pairing,
  "device.pair.remove": scopes.pairing,
  "device.token.rotate": scopes.pairing,
  "device.token.revoke": scopes.pairing,
  "exec.approvals.node.get": scopes.admin,
  "exec.approvals.node.set": scopes.admin,
  "exec.approval.request": scopes.approvals,
  "exec.approval.resolve": scopes.approvals,
  "exec.approval.list": scopes.approvals,
  "node.invoke.result": "node",
  "node.event": "node",
  "skills.bins": "node",
} as const satisfies Record<string, Access>;

export type MethodName = keyof typeof methodAccess;

/** Events that reach only operators with the scope; all others reach every connection. */
export const eventScopes: Readonly<Record<string, Scope>> = {
  "device.pair.requested": scopes.pairing,
  "device.pair.resolved": scopes.pairing,
  "exec.approval.requested": scopes.approvals,
  "exec.approval.resolved": scopes.approvals,
  "exec.approval.used": scopes.approvals,
};

/** The first of the wanted scopes that is not held; `operator.admin` covers every other. */
export function missingScope(
  held: readonly string[],
  wanted: readonly string[],
): string | undefined {
  if (held.includes(scopes.admin)) return undefined;
  return wanted.find((scope) => !held.includes(scope) && !impliedBy(held, scope));
}

/** Who may write may also read. */
function impliedBy(held: readonly string[], scope: string): boolean {
  return scope === scopes.read && held.includes(scopes.write);
}
