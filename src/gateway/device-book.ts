/** The devices that this gateway knows or is asked to know: in memory, and on disk at once. */
import type { Clock, Random } from "../platform/ports.ts";
import type { Role } from "../protocol/connect.ts";
import { pairingTtlMs } from "../protocol/limits.ts";
import type { ClientOrigin } from "./client-origin.ts";
import type { Claim } from "./connect-check.ts";
import type { DeviceFiles } from "./device-files.ts";
import type { DeviceState, DeviceToken, PairedRecord, PendingRecord } from "./device-records.ts";
import {
  type RequestFacts,
  approvePairing,
  pairingRequest,
  refreshDevice,
  requestPairing,
  withoutExpired,
  withoutRequest,
} from "./pairing-changes.ts";
import { ensureToken, issueToken, revokeToken } from "./token-changes.ts";

export class DeviceBook {
  readonly #files: DeviceFiles;
  readonly #clock: Clock;
  readonly #random: Random;
  #state: DeviceState;

  /** Throws ConfigError for a damaged file. */
  constructor(files: DeviceFiles, clock: Clock, random: Random) {
    this.#files = files;
    this.#clock = clock;
    this.#random = random;
    this.#state = files.load();
  }

  /** Newest first. */
  pending(): PendingRecord[] {
    const { pending } = withoutExpired(this.#state, this.#clock.now());
    return [...pending.values()].toSorted((left, right) => right.ts - left.ts);
  }

  /** Newest first. */
  paired(): PairedRecord[] {
    return [...this.#state.paired.values()].toSorted((a, b) => b.approvedAtMs - a.approvedAtMs);
  }

  find(deviceId: string): PairedRecord | undefined {
    return this.#state.paired.get(deviceId);
  }

  findRequest(requestId: string): PendingRecord | undefined {
    const request = this.#state.pending.get(requestId);
    const alive = request !== undefined && this.#clock.now() - request.ts <= pairingTtlMs;
    return alive ? request : undefined;
  }

  /** Undefined when too many devices wait already. */
  request(claim: Claim, origin: ClientOrigin) {
    const asked = requestPairing(this.#state, claim, this.#facts(origin));
    if (asked !== undefined) this.#keep(asked.state);
    return asked;
  }

  /** Undefined when too many devices are known already. */
  approve(request: PendingRecord): PairedRecord | undefined {
    const facts = { token: this.#newToken(), nowMs: this.#clock.now() };
    const approved = approvePairing(this.#state, request, facts);
    if (approved !== undefined) this.#keep(approved.state);
    return approved?.device;
  }

  /** Lets a device in without a request; one that waits already is settled. */
  approveAtOnce(claim: Claim, origin: ClientOrigin): PendingRecord | undefined {
    const facts = this.#facts(origin);
    const waiting = this.pending().find(
      ({ deviceId, role }) => deviceId === claim.deviceId && role === claim.role,
    );
    const requestId = waiting?.requestId ?? facts.requestId;
    const request = pairingRequest(this.#state, claim, { ...facts, requestId });
    return this.approve({ ...request, silent: true }) && request;
  }

  reject(requestId: string): void {
    this.#keep(withoutRequest(this.#state, requestId));
  }

  /** Brings a paired device up to date and returns its living token for the claimed role. */
  welcome(claim: Claim, origin: ClientOrigin): DeviceToken | undefined {
    const state = refreshDevice(this.#state, claim, origin.remoteIp);
    const device = state.paired.get(claim.deviceId);
    if (device === undefined) return undefined;
    const facts = { token: this.#newToken(), nowMs: this.#clock.now() };
    const ready = ensureToken(device, { role: claim.role, scopes: claim.scopes, ...facts });
    this.#keep(ready === device ? state : withDevice(state, ready));
    return ready.tokens[claim.role];
  }

  /** Scopes that are named become the device's; else those of the token that is replaced stay. */
  rotate(
    device: PairedRecord,
    role: Role,
    named: readonly string[] | undefined,
  ): DeviceToken | undefined {
    const facts = { token: this.#newToken(), nowMs: this.#clock.now() };
    const scopes = named ?? device.tokens[role]?.scopes ?? device.scopes ?? [];
    const owner = named === undefined ? device : { ...device, scopes: [...named] };
    const next = issueToken(owner, { role, scopes, ...facts });
    this.#keep(withDevice(this.#state, next));
    return next.tokens[role];
  }

  /** Undefined when the device has no token for the role. */
  revoke(device: PairedRecord, role: Role): DeviceToken | undefined {
    const next = revokeToken(device, role, this.#clock.now());
    if (next !== undefined) this.#keep(withDevice(this.#state, next));
    return next?.tokens[role];
  }

  remove({ deviceId }: PairedRecord): void {
    const paired = new Map(this.#state.paired);
    if (paired.delete(deviceId)) this.#keep({ ...this.#state, paired });
  }

  rename(device: PairedRecord, givenName: string): void {
    this.#keep(withDevice(this.#state, { ...device, givenName }));
  }

  /** Saved before it counts: what the disk refuses has not happened. */
  #keep(next: DeviceState): void {
    if (next === this.#state) return;
    this.#files.save(next);
    this.#state = next;
  }

  #facts({ remoteIp }: ClientOrigin): RequestFacts {
    return { requestId: this.#random.uuid(), remoteIp, nowMs: this.#clock.now() };
  }

  #newToken(): string {
    return this.#random.uuid().replaceAll("-", "");
  }
}

function withDevice(state: DeviceState, device: PairedRecord): DeviceState {
  return { ...state, paired: new Map(state.paired).set(device.deviceId, device) };
}
