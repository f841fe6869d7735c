/** The handshake: `connect.challenge`, the `connect` request and its answer `hello-ok`. */
import * as z from "zod/mini";

const nonEmpty = z.string().check(z.minLength(1));

export const challengeEvent = "connect.challenge";

export const challengePayload = z.object({ nonce: nonEmpty, ts: z.optional(z.number()) });

export const connectParams = z.object({
  minProtocol: z.int().check(z.gte(1)),
  maxProtocol: z.int().check(z.gte(1)),
  client: z.object({
    id: nonEmpty,
    displayName: z.optional(nonEmpty),
    version: nonEmpty,
    platform: nonEmpty,
    deviceFamily: z.optional(nonEmpty),
    modelIdentifier: z.optional(nonEmpty),
    mode: nonEmpty,
    instanceId: z.optional(nonEmpty),
  }),
  caps: z.optional(z.array(nonEmpty)),
  commands: z.optional(z.array(nonEmpty)),
  permissions: z.optional(z.record(nonEmpty, z.boolean())),
  pathEnv: z.optional(z.string()),
  role: z.optional(nonEmpty),
  scopes: z.optional(z.array(nonEmpty)),
  device: z.optional(
    z.object({
      id: nonEmpty,
      publicKey: nonEmpty,
      signature: nonEmpty,
      signedAt: z.int().check(z.gte(0)),
      nonce: z.optional(nonEmpty),
    }),
  ),
  auth: z.optional(
    z.object({
      token: z.optional(z.string()),
      password: z.optional(z.string()),
      /** Of a setup code; gateways before March 2026 refuse the key. */
      bootstrapToken: z.optional(z.string()),
    }),
  ),
  locale: z.optional(z.string()),
  userAgent: z.optional(z.string()),
});

export const helloOk = z.object({
  type: z.literal("hello-ok"),
  protocol: z.number(),
  server: z.object({
    version: z.optional(z.string()),
    host: z.optional(z.string()),
    connId: z.optional(z.string()),
  }),
  features: z.catch(
    z.optional(z.object({ events: z.catch(z.optional(z.array(z.string())), undefined) })),
    undefined,
  ),
  auth: z.optional(
    z.object({
      deviceToken: z.optional(nonEmpty),
      role: z.optional(z.string()),
      scopes: z.optional(z.array(z.string())),
      issuedAtMs: z.optional(z.number()),
    }),
  ),
  policy: z.optional(
    z.object({
      maxPayload: z.optional(z.number()),
      maxBufferedBytes: z.optional(z.number()),
      tickIntervalMs: z.optional(z.number()),
    }),
  ),
});

/** `hello-ok` as the embedded gateway sends it: every key that a strict client wants, no other. */
export interface HelloOkSent {
  readonly type: "hello-ok";
  readonly protocol: number;
  readonly server: { readonly version: string; readonly host: string; readonly connId: string };
  readonly features: { readonly methods: readonly string[]; readonly events: readonly string[] };
  readonly snapshot: {
    readonly presence: readonly [];
    readonly health: Readonly<Record<string, never>>;
    readonly stateVersion: { readonly presence: number; readonly health: number };
    readonly uptimeMs: number;
  };
  readonly auth: {
    readonly deviceToken: string;
    readonly role: Role;
    readonly scopes: readonly string[];
    readonly issuedAtMs: number;
  };
  readonly policy: {
    readonly maxPayload: number;
    readonly maxBufferedBytes: number;
    readonly tickIntervalMs: number;
  };
}

export type ConnectParams = z.infer<typeof connectParams>;
export type HelloOk = z.infer<typeof helloOk>;
export type Role = "node" | "operator";
