import type { ClientProfile } from "../client/connect-request.ts";

/** What the operator's commands of this program need; `operator.admin` implies the others. */
const operatorScopes = ["operator.admin", "operator.approvals", "operator.pairing"] as const;

/** What a gateway learns about the machine that an operator types on. */
export interface OperatorClient {
  readonly version: string;
  readonly platform: string;
  readonly displayName: string;
}

/** Connects as the reference's own command line does: gateways know these ids and no other. */
export function operatorProfile(client: OperatorClient): ClientProfile {
  const { version, platform, displayName } = client;
  return {
    client: {
      id: "cli",
      mode: "cli",
      version,
      platform,
      ...(displayName === "" ? {} : { displayName }),
    },
    role: "operator",
    scopes: operatorScopes,
  };
}
