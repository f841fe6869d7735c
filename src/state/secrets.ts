/** Where the gateway's token and password come from; never from the command line. */
import { join } from "node:path";

import { ConfigError } from "../lib/errors.ts";
import type { Files } from "../platform/ports.ts";
import { readStateFile } from "./json-file.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface SecretSources {
  readonly env: Env;
  /** `--token-file`; the text of standard input when the file is `-`. */
  readonly tokenFile: string | undefined;
  readonly standardInput: string | undefined;
}

export interface GatewaySecrets {
  readonly token: string | undefined;
  readonly password: string | undefined;
}

/** Names under which systemd hands credentials to a service (`LoadCredential=`). */
const credentialNames = { token: "gateway-token", password: "gateway-password" } as const;

/**
 * Reads the secrets: `--token-file` before the environment, the environment before
 * `$CREDENTIALS_DIRECTORY`. Called for every attempt, so that a rotated token needs no restart.
 */
export function readSecrets(files: Files, sources: SecretSources): GatewaySecrets {
  const { env } = sources;
  return {
    token:
      fromFlag(files, sources) ??
      clean(env["CLAWDBOT_GATEWAY_TOKEN"]) ??
      clean(env["OPENCLAW_GATEWAY_TOKEN"]) ??
      fromCredentials(files, env, credentialNames.token),
    password:
      clean(env["CLAWDBOT_GATEWAY_PASSWORD"]) ??
      clean(env["OPENCLAW_GATEWAY_PASSWORD"]) ??
      fromCredentials(files, env, credentialNames.password),
  };
}

function fromFlag(files: Files, { tokenFile, standardInput }: SecretSources): string | undefined {
  if (tokenFile === undefined) return undefined;
  const text = tokenFile === "-" ? standardInput : readStateFile(files, tokenFile);
  const token = clean(text);
  if (token !== undefined) return token;
  const problem = text === undefined ? "there is no such file" : "it is empty";
  throw new ConfigError(`Cannot read the gateway token from "${tokenFile}": ${problem}`, {
    hint: "It holds the token on one line: printf %s TOKEN > FILE; chmod 600 FILE",
  });
}

function fromCredentials(files: Files, env: Env, name: string): string | undefined {
  const directory = env["CREDENTIALS_DIRECTORY"];
  return directory === undefined ? undefined : clean(readStateFile(files, join(directory, name)));
}

function clean(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === "" ? undefined : trimmed;
}
