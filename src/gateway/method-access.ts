import { type MethodName, methodAccess, missingScope, scopes } from "../protocol/access.ts";
import { printable } from "../lib/display-text.ts";
import type { Session } from "./session.ts";

export type AccessDecision =
  | { readonly allowed: true; readonly method: MethodName }
  | { readonly allowed: false; readonly message: string };

/** Whether a session may call a method, in the words that clients know from the reference. */
export function decideAccess(name: string, session: Session): AccessDecision {
  const known = isMethod(name) ? name : undefined;
  const access = known && methodAccess[known];
  if ((access === "node") !== (session.role === "node")) {
    return { allowed: false, message: `unauthorized role: ${session.role}` };
  }
  // Only an administrator learns which methods there are.
  const scope = access === undefined ? scopes.admin : access;
  const missing = scope === "node" ? undefined : missingScope(session.scopes, [scope]);
  if (missing !== undefined) return { allowed: false, message: `missing scope: ${missing}` };
  if (known !== undefined) return { allowed: true, method: known };
  return { allowed: false, message: `unknown method: ${printable(name, 100)}` };
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methodAccess, name);
}
