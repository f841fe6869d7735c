/** What an import changes here, decided before anything is written. */
import { limitsIn, unknownLimits } from "../approvals/import-limits.ts";
import { importedPolicy, saysNothing } from "../approvals/import-policy.ts";
import { parsePolicy } from "../approvals/policy.ts";
import { gatewayKey } from "../client/endpoint.ts";
import type { JsonObject } from "../lib/json.ts";
import type { GatewaySettings, NodeConfig } from "../state/node-config.ts";
import type { OtherGateway, OtherHost } from "../state/other-host.ts";

/** What is here already. */
export interface OwnState {
  readonly deviceId: string | undefined;
  /** Undefined: there is no `node.json`. */
  readonly config: NodeConfig | undefined;
  readonly hasApprovals: boolean;
  /** For a host that has had none. */
  readonly newNodeId: string;
}

export interface ImportPlan {
  readonly config: NodeConfig;
  /** Undefined: the policy here stays as it is. */
  readonly approvals: JsonObject | undefined;
  /** What would be overwritten, in words; empty: nothing. */
  readonly conflicts: readonly string[];
  /** What a person has to know. */
  readonly notes: readonly string[];
}

const stays =
  "here, programs on the allowlist run and others do not: clawdbot approvals allowlist add PROGRAM";

export function importPlan(other: OtherHost, own: OwnState, force: boolean): ImportPlan {
  const gateway = other.gateway && storedGateway(other.gateway);
  const policy = policyPlan(other, own, force);
  const { token: _token, tokenGateway: _tokenGateway, ...kept } = own.config ?? { version: 1 };
  return {
    config: {
      ...kept,
      version: 1,
      nodeId: other.nodeId ?? own.config?.nodeId ?? own.newNodeId,
      ...(other.displayName === undefined ? {} : { displayName: other.displayName }),
      ...(gateway === undefined ? {} : { gateway }),
      ...(other.token === undefined || gateway === undefined
        ? {}
        : { token: other.token, tokenGateway: gatewayKey(gateway) }),
    },
    approvals: policy.file,
    conflicts: conflicts(other, own),
    notes: [...gatewayNotes(other), ...policy.notes],
  };
}

function storedGateway(gateway: OtherGateway): GatewaySettings {
  const { host, port, tls, tlsFingerprint, contextPath } = gateway;
  const path = contextPath?.trim().replace(/^\/*/, "/");
  return {
    host,
    port,
    tls: tls === true || (tlsFingerprint ?? "") !== "",
    ...(tlsFingerprint ? { tlsFingerprint } : {}),
    ...(path === undefined || path === "/" ? {} : { path }),
  };
}

function conflicts(other: OtherHost, own: OwnState): string[] {
  const { deviceId, config } = own;
  const { identity, nodeId } = other;
  const otherDevice = deviceId !== undefined && deviceId !== identity.deviceId;
  const otherNode =
    config?.gateway !== undefined && nodeId !== undefined && config.nodeId !== nodeId;
  return [
    ...(otherDevice ? [`the device key of this host (${deviceId.slice(0, 12)})`] : []),
    ...(otherNode && !otherDevice ? [`the node id of this host (${config.nodeId})`] : []),
  ];
}

function gatewayNotes({ gateway, token, product }: OtherHost): string[] {
  if (gateway === undefined) {
    return ["it names no gateway: give one when this host starts, --host HOST or --url URL"];
  }
  return [
    ...(token === undefined
      ? [`it holds no token: start this host with the gateway's own, as ${product} was`]
      : []),
    ...(gateway.cloudflareAccess === undefined
      ? []
      : [
          "its Cloudflare Access token was not taken: set CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET",
        ]),
  ];
}

interface PolicyPlan {
  readonly file: JsonObject | undefined;
  readonly notes: readonly string[];
}

function policyPlan(other: OtherHost, own: OwnState, force: boolean): PolicyPlan {
  const { product, approvals, configuration } = other;
  const open = product === "OpenClaw";
  const meant = open ? "lets every command run then" : "runs no command then";
  const none = {
    file: undefined,
    notes: [`it has no exec policy, and ${product} ${meant}; ${stays}`],
  };
  if (approvals === undefined) return none;
  const parsed = parsePolicy(approvals);
  if (!parsed.ok) {
    return {
      file: undefined,
      notes: [`its exec policy was not taken: ${parsed.problem}; ${stays}`],
    };
  }
  if (saysNothing(approvals)) return none;
  if (own.hasApprovals && !force) {
    return { file: undefined, notes: ["the exec policy here stays; --force replaces it"] };
  }
  const limits =
    configuration.kind === "unreadable"
      ? unknownLimits
      : limitsIn(configuration.kind === "value" ? configuration.value : undefined);
  // What OpenClaw leaves open when nobody decided is not opened here; January denied everything.
  const { file, settings, conditional } = importedPolicy(
    approvals,
    open ? "allowlist" : "deny",
    limits,
  );
  const { security, ask, askFallback } = settings;
  return {
    file,
    notes: [
      `exec policy: security ${security}, ask ${ask}, askFallback ${askFallback}`,
      ...(security === "full"
        ? [
            "every command of the gateway runs here, as it did before; to change that: clawdbot approvals get",
          ]
        : []),
      ...(open && !saysSecurity(approvals)
        ? [
            "its file named no security, which opens OpenClaw to every command; it was not opened here",
          ]
        : []),
      ...(configuration.kind === "unreadable"
        ? [`"${configuration.path}" could not be read, so at most the allowlist was taken over`]
        : []),
      ...(conditional > 0
        ? [`${conditional} entries with conditions on arguments were kept and are not used yet`]
        : []),
    ],
  };
}

function saysSecurity(file: JsonObject): boolean {
  const parsed = parsePolicy(file);
  return parsed.ok && parsed.policy.defaults.security !== undefined;
}
