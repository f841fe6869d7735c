/** The device's Ed25519 key: what a gateway knows this machine by. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from "node:crypto";
import * as z from "zod/mini";

import { messageOf } from "../lib/errors.ts";
import type { Clock, Files } from "../platform/ports.ts";
import { ensureDirectory, readJsonFile, writeJsonFile } from "./json-file.ts";
import type { StatePaths } from "./paths.ts";
import { readReferenceTokens } from "./device-token.ts";
import { contentError } from "./state-error.ts";

const identityFile = z.looseObject({
  version: z.literal(1),
  deviceId: z.string(),
  publicKeyPem: z.string(),
  privateKeyPem: z.string(),
});

/** Length of a raw Ed25519 public key; its SPKI form ends with it. */
const rawKeyBytes = 32;

export interface DeviceIdentity {
  /** Lower-case hex SHA-256 of the raw public key. */
  readonly deviceId: string;
  /** Raw public key, base64url without padding. */
  readonly publicKey: string;
  /** Ed25519 signature, base64url without padding. */
  sign(text: string): string;
}

/** Loads the identity, or makes one when there is none. A damaged one is refused, never replaced. */
export function loadOrCreateIdentity(
  files: Files,
  paths: StatePaths,
  home: StatePaths,
  clock: Clock,
): DeviceIdentity {
  return (
    loadIdentity(files, paths) ??
    loadReferenceIdentity(files, paths, home) ??
    createIdentity(files, paths, clock)
  );
}

/**
 * The reference keeps its key below the home directory even when CLAWDBOT_STATE_DIR points
 * elsewhere. Such a key belongs to this state directory if its token store names it.
 */
function loadReferenceIdentity(
  files: Files,
  paths: StatePaths,
  home: StatePaths,
): DeviceIdentity | undefined {
  const owner = readReferenceTokens(files, paths)?.deviceId;
  if (owner === undefined || home.directory === paths.directory) return undefined;
  const identity = loadIdentity(files, home);
  return identity?.deviceId === owner ? identity : undefined;
}

/** Undefined: there is none. A damaged one is refused. */
export function loadIdentity(files: Files, paths: StatePaths): DeviceIdentity | undefined {
  const stored = readJsonFile(files, paths.deviceIdentity);
  if (stored === undefined) return undefined;
  const parsed = identityFile.safeParse(stored.value);
  if (!parsed.success) {
    throw contentError(paths.deviceIdentity, "it is not a device identity of version 1");
  }
  try {
    return identityOf(parsed.data.privateKeyPem);
  } catch (error) {
    throw contentError(
      paths.deviceIdentity,
      `its private key cannot be used (${messageOf(error)})`,
    );
  }
}

function createIdentity(files: Files, paths: StatePaths, clock: Clock): DeviceIdentity {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  return writeIdentity(files, paths, pem, clock.now());
}

/** Makes this key the identity of a state directory. */
export function writeIdentity(
  files: Files,
  paths: StatePaths,
  privateKeyPem: string,
  createdAtMs: number,
): DeviceIdentity {
  const identity = identityOf(privateKeyPem);
  ensureDirectory(files, paths.directory);
  ensureDirectory(files, paths.identityDirectory);
  writeJsonFile(files, paths.deviceIdentity, {
    version: 1,
    deviceId: identity.deviceId,
    publicKeyPem: createPublicKey(createPrivateKey(privateKeyPem)).export({
      type: "spki",
      format: "pem",
    }),
    privateKeyPem,
    createdAtMs,
  });
  return identity;
}

/** The public half is always derived: a file with two halves that differ cannot mislead. */
export function identityOf(privateKeyPem: string): DeviceIdentity {
  const privateKey = createPrivateKey(privateKeyPem);
  if (privateKey.asymmetricKeyType !== "ed25519") {
    throw new Error(`it is of type ${privateKey.asymmetricKeyType}, ed25519 is wanted`);
  }
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const raw = spki.subarray(spki.length - rawKeyBytes);
  return {
    deviceId: createHash("sha256").update(raw).digest("hex"),
    publicKey: raw.toString("base64url"),
    sign: (text) => sign(null, Buffer.from(text, "utf8"), privateKey).toString("base64url"),
  };
}
