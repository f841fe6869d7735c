/** What the gateway remembers of devices: the content of its two pairing files. */
import * as z from "zod/mini";

const text = z.optional(z.string());
const role = z.enum(["node", "operator"]);
const nonEmpty = z.string().check(z.minLength(1));

const described = {
  deviceId: nonEmpty,
  /** Raw key, base64url. */
  publicKey: nonEmpty,
  displayName: text,
  platform: text,
  clientId: text,
  clientMode: text,
  role,
  roles: z.array(role),
  scopes: z.optional(z.array(z.string())),
  remoteIp: text,
};

const pendingRecord = z.looseObject({
  ...described,
  requestId: nonEmpty,
  silent: z.boolean(),
  /** The device was paired before: a new role, new scopes. */
  isRepair: z.boolean(),
  ts: z.number(),
});

const deviceToken = z.looseObject({
  token: nonEmpty,
  role,
  scopes: z.array(z.string()),
  createdAtMs: z.number(),
  rotatedAtMs: z.optional(z.number()),
  revokedAtMs: z.optional(z.number()),
});

const pairedRecord = z.looseObject({
  ...described,
  /** Name that an operator gave; it stands before the one that the device gives itself. */
  givenName: text,
  tokens: z.partialRecord(role, deviceToken),
  createdAtMs: z.number(),
  approvedAtMs: z.number(),
});

export const pendingFile = z.record(nonEmpty, pendingRecord);
export const pairedFile = z.record(nonEmpty, pairedRecord);

export type PendingRecord = z.infer<typeof pendingRecord>;
export type PairedRecord = z.infer<typeof pairedRecord>;
export type DeviceToken = z.infer<typeof deviceToken>;

/** Both stores at one moment: pending by request id, paired by device id. */
export interface DeviceState {
  readonly pending: ReadonlyMap<string, PendingRecord>;
  readonly paired: ReadonlyMap<string, PairedRecord>;
}
