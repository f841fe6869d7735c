// The state directory of an OpenClaw of 2026.9 as its node host leaves it: nearly everything is
// still in the write-ahead log, since the host did not close its database.
import { Database } from "bun:sqlite";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { identityOf } from "../../src/state/device-identity.ts";

export interface OpenClawState {
  readonly deviceId?: string;
  readonly token?: string;
  readonly node?: unknown;
  readonly approvals?: unknown;
}

const schema = [
  "create table config_machine_state (state_key text not null primary key, value_json text not null, updated_at_ms integer not null) strict",
  "create table device_identities (identity_key text not null primary key, device_id text not null, public_key_pem text not null, private_key_pem text not null, created_at_ms integer not null, updated_at_ms integer not null) strict",
  "create table device_auth_tokens (device_id text not null, role text not null, token text not null, scopes_json text not null, updated_at_ms integer not null, primary key (device_id, role)) strict",
  "create table exec_approvals_config (config_key text not null primary key, raw_json text not null) strict",
];

export const theirNode = {
  version: 1,
  nodeId: "1b8502c3-255f-48ac-b8f5-0c8c614a98d4",
  displayName: "Real OC",
  gateway: { host: "127.0.0.1", port: 18_999, tls: false },
  installedAppsSharing: false,
};

export class OpenClawHost implements Disposable {
  readonly privateKeyPem = generateKeyPairSync("ed25519").privateKey.export({
    type: "pkcs8",
    format: "pem",
  });
  readonly deviceId = identityOf(this.privateKeyPem).deviceId;
  readonly path: string;
  /** Held open, as by a host that runs. */
  readonly #database: Database;

  constructor(directory: string, { token, node = theirNode, approvals }: OpenClawState = {}) {
    mkdirSync(join(directory, "state"), { recursive: true });
    this.path = join(directory, "state", "openclaw.sqlite");
    this.#database = new Database(this.path);
    this.#database.run("pragma journal_mode = wal");
    for (const table of schema) this.#database.run(table);
    this.run(
      "insert into device_identities values ('primary', ?, 'pem', ?, 5, 5)",
      this.deviceId,
      this.privateKeyPem,
    );
    if (token !== undefined) {
      this.run(
        "insert into device_auth_tokens values (?, 'node', ?, '[]', 5)",
        this.deviceId,
        token,
      );
      this.run("insert into device_auth_tokens values ('other', 'node', 'not-ours', '[]', 5)");
    }
    this.run(
      "insert into config_machine_state values ('nodeHost.config', ?, 5)",
      JSON.stringify(node),
    );
    if (approvals !== undefined) {
      this.run(
        "insert into exec_approvals_config values ('current', ?)",
        JSON.stringify(approvals),
      );
    }
  }

  run(sql: string, ...values: string[]): void {
    this.#database.run(sql, values);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
