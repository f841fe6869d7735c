/** The part of OpenClaw's database (since summer 2026) that a node host lives by. */
import * as z from "zod/mini";

import { ConfigError, messageOf } from "../lib/errors.ts";
import { parseJson } from "../lib/json.ts";
import type { DatabaseReader } from "../platform/ports.ts";
import type { OtherState } from "./other-host.ts";

const identityRow = z.object({ private_key_pem: z.string(), created_at_ms: z.number() });
const tokenRow = z.object({ device_id: z.string(), token: z.string().check(z.minLength(1)) });
const textRow = z.object({ text: z.string() });

const identities =
  "select private_key_pem, created_at_ms from device_identities where identity_key = 'primary'";
const tokens = "select device_id, token from device_auth_tokens where role = 'node'";
const settings =
  "select value_json as text from config_machine_state where state_key = 'nodeHost.config'";
const policies = "select raw_json as text from exec_approvals_config where config_key = 'current'";

export function readOtherDatabase(databases: DatabaseReader, path: string): OtherState {
  try {
    return databases.read(path, (query) => {
      const [identity] = z.array(identityRow).parse(query(identities));
      const json = (sql: string): unknown => {
        const [row] = z.array(textRow).parse(query(sql));
        if (row === undefined) return undefined;
        const parsed = parseJson(row.text);
        if (parsed === undefined) throw new Error("it holds JSON that cannot be read");
        return parsed.value;
      };
      return {
        identity: identity && {
          privateKeyPem: identity.private_key_pem,
          createdAtMs: identity.created_at_ms,
        },
        tokens: new Map(
          z
            .array(tokenRow)
            .parse(query(tokens))
            .map(({ device_id, token }) => [device_id, token]),
        ),
        node: json(settings),
        approvals: json(policies),
      };
    });
  } catch (error) {
    const problem = error instanceof z.core.$ZodError ? "its rows are not as expected" : undefined;
    throw new ConfigError(`Cannot read the database "${path}": ${problem ?? messageOf(error)}`, {
      hint: "It is that of an OpenClaw version that this program does not know, or damaged: openclaw doctor",
      cause: error,
    });
  }
}
