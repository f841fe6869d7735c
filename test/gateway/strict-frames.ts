// Every frame that the gateway may send, with every key that it may have: strict clients drop or
// refuse anything else.
import * as z from "zod";

const count = z.number().int().nonnegative();
const words = z.array(z.string().min(1));
const errorShape = z.strictObject({
  code: z.enum(["INVALID_REQUEST", "NOT_PAIRED", "UNAVAILABLE"]),
  message: z.string().min(1),
  details: z.json().optional(),
});

const responseFrame = z.union([
  z.strictObject({
    type: z.literal("res"),
    id: z.string().min(1),
    ok: z.literal(true),
    payload: z.json(),
  }),
  z.strictObject({
    type: z.literal("res"),
    id: z.string().min(1),
    ok: z.literal(false),
    error: errorShape,
  }),
]);

const eventFrame = z.strictObject({
  type: z.literal("event"),
  event: z.string().min(1),
  payload: z.json(),
  seq: count.optional(),
});

const described = {
  deviceId: z.string().length(64),
  publicKey: z.string().length(43),
  displayName: z.string().min(1).optional(),
  platform: z.string().min(1),
  clientId: z.string().min(1),
  clientMode: z.string().min(1),
  role: z.enum(["node", "operator"]),
  roles: words,
  scopes: words,
  remoteIp: z.string().min(1).optional(),
};

const pendingDevice = z.strictObject({
  requestId: z.uuid(),
  ...described,
  silent: z.boolean(),
  isRepair: z.boolean(),
  ts: count,
});

const pairedDevice = z.strictObject({
  ...described,
  createdAtMs: count,
  approvedAtMs: count,
  tokens: z.array(
    z.strictObject({
      role: z.enum(["node", "operator"]),
      scopes: words,
      createdAtMs: count,
      rotatedAtMs: count.optional(),
      revokedAtMs: count.optional(),
    }),
  ),
});

const node = {
  nodeId: z.string().length(64),
  displayName: z.string().optional(),
  platform: z.string().optional(),
  version: z.string().optional(),
  deviceFamily: z.string().optional(),
  modelIdentifier: z.string().optional(),
  remoteIp: z.string().optional(),
  caps: words,
  commands: words,
  pathEnv: z.string().optional(),
  permissions: z.record(z.string(), z.boolean()).optional(),
  connectedAtMs: count.optional(),
  paired: z.boolean(),
  connected: z.boolean(),
};

const text = z.string().nullable();
const decision = z.enum(["allow-once", "allow-always", "deny"]);
const approval = z.strictObject({
  id: z.string().min(1),
  request: z.strictObject({
    command: z.string().min(1),
    cwd: text,
    host: text,
    security: text,
    ask: text,
    agentId: text,
    resolvedPath: text,
    sessionKey: text,
    nodeId: z.string().min(1).optional(),
  }),
  createdAtMs: count,
  expiresAtMs: count,
});

const payloadOf: Readonly<Record<string, z.ZodType>> = {
  connect: z.strictObject({
    type: z.literal("hello-ok"),
    protocol: z.literal(3),
    server: z.strictObject({
      version: z.string().min(1),
      host: z.string().min(1),
      connId: z.uuid(),
    }),
    features: z.strictObject({ methods: words, events: words }),
    snapshot: z.strictObject({
      presence: z.array(z.never()),
      health: z.strictObject({}),
      stateVersion: z.strictObject({ presence: count, health: count }),
      uptimeMs: count,
    }),
    auth: z.strictObject({
      deviceToken: z.string().length(32),
      role: z.enum(["node", "operator"]),
      scopes: words,
      issuedAtMs: count,
    }),
    policy: z.strictObject({
      maxPayload: z.literal(524_288),
      maxBufferedBytes: z.literal(1_572_864),
      tickIntervalMs: z.number().int().positive(),
    }),
  }),
  health: z.strictObject({ ok: z.literal(true), ts: count }),
  status: z.strictObject({ ok: z.literal(true) }),
  "node.list": z.strictObject({ ts: count, nodes: z.array(z.strictObject(node)) }),
  "node.describe": z.strictObject({ ts: count, ...node }),
  "node.rename": z.strictObject({ nodeId: z.string(), displayName: z.string() }),
  "node.invoke": z.strictObject({
    ok: z.literal(true),
    nodeId: z.string(),
    command: z.string(),
    payload: z.json().optional(),
    payloadJSON: z.string().nullable(),
  }),
  "node.invoke.result": z.strictObject({
    ok: z.literal(true),
    ignored: z.literal(true).optional(),
  }),
  "node.event": z.strictObject({ ok: z.literal(true) }),
  "node.pair.list": z.strictObject({ pending: z.array(z.never()), paired: z.array(z.never()) }),
  "skills.bins": z.strictObject({ bins: z.array(z.never()) }),
  "device.pair.list": z.strictObject({
    pending: z.array(pendingDevice),
    paired: z.array(pairedDevice),
  }),
  "device.pair.approve": z.strictObject({ requestId: z.uuid(), device: pairedDevice }),
  "device.pair.reject": z.strictObject({ requestId: z.uuid(), deviceId: z.string() }),
  "device.token.rotate": z.strictObject({
    deviceId: z.string(),
    role: z.string(),
    token: z.string().length(32),
    scopes: words,
    rotatedAtMs: count,
  }),
  "device.pair.remove": z.strictObject({ deviceId: z.string() }),
  "device.token.revoke": z.strictObject({
    deviceId: z.string(),
    role: z.string(),
    revokedAtMs: count,
  }),
  "exec.approval.request": z.strictObject({
    id: z.string().min(1),
    decision: decision.nullable(),
    createdAtMs: count,
    expiresAtMs: count,
  }),
  "exec.approval.resolve": z.strictObject({ ok: z.literal(true) }),
  "exec.approval.list": z.array(approval),
  // Whatever the node's own file says.
  "exec.approvals.node.get": z.json(),
  "exec.approvals.node.set": z.json(),
};

const eventPayload: Readonly<Record<string, z.ZodType>> = {
  "connect.challenge": z.strictObject({ nonce: z.uuid(), ts: count }),
  tick: z.strictObject({ ts: count }),
  shutdown: z.strictObject({ reason: z.string().min(1), restartExpectedMs: z.null() }),
  "node.invoke.request": z.strictObject({
    id: z.uuid(),
    nodeId: z.string().length(64),
    command: z.string().min(1),
    paramsJSON: z.string().nullable(),
    timeoutMs: count.optional(),
    idempotencyKey: z.string().min(1).optional(),
  }),
  "device.pair.requested": pendingDevice,
  "device.pair.resolved": z.strictObject({
    requestId: z.uuid(),
    deviceId: z.string(),
    decision: z.enum(["approved", "rejected"]),
    ts: count,
  }),
  "exec.approval.requested": approval,
  "exec.approval.resolved": z.strictObject({
    id: z.string().min(1),
    decision,
    resolvedBy: z.string().min(1),
    ts: count,
  }),
  "exec.approval.used": z.strictObject({ id: z.string().min(1), nodeId: z.string(), ts: count }),
};

/** Events that go to everybody carry a number, those to one connection do not. */
const directed = ["connect.challenge", "node.invoke.request"];

/** Throws for a frame that a strict client would not take; `methodOf` tells what was asked. */
export function checkFrame(frame: any, methodOf: (id: string) => string | undefined): void {
  if (frame.type === "event") {
    eventFrame.parse(frame);
    if (directed.includes(frame.event) !== (frame.seq === undefined)) {
      throw new Error(`${frame.event} has seq ${frame.seq}`);
    }
    return void (eventPayload[frame.event] ?? z.never()).parse(frame.payload);
  }
  responseFrame.parse(frame);
  const method = methodOf(frame.id);
  if (frame.ok === true) (payloadOf[method ?? ""] ?? z.never()).parse(frame.payload);
}
