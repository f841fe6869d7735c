/** Which release lies at an address, as far as it can be believed. */
import { type KeyObject, createHash } from "node:crypto";

import { UserError, messageOf } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { printable } from "../lib/display-text.ts";
import type { Downloads } from "../platform/ports.ts";
import { listedChecksum } from "./checksum-list.ts";
import { shownAddress } from "./release-address.ts";
import { type Asset, readManifest } from "./release-manifest.ts";
import { isSignedBy } from "./release-signature.ts";

const textBytes = 1024 * 1024;

export interface Release {
  readonly address: string;
  readonly version: string;
  readonly commit: string;
  /** A key vouches for it. */
  readonly signed: boolean;
  /** Undefined when there is no build for the target. */
  readonly asset: Asset | undefined;
}

export interface ReleaseQuestion {
  readonly address: string;
  readonly target: string;
  /** Undefined: checksums alone are believed. */
  readonly key: KeyObject | undefined;
}

/** Throws UserError when there is none, or something about it is not as it should be. */
export async function findRelease(
  downloads: Downloads,
  { address, target, key }: ReleaseQuestion,
): Promise<Release> {
  const fetchFile = (name: string): Promise<Uint8Array> => fetched(downloads, address, name);
  const sums = await fetchFile("SHA256SUMS");
  if (key !== undefined) await checkSignature(downloads, address, key, sums);
  const list = decoded(sums);
  const bytes = await fetchFile("manifest.json");
  const found = createHash("sha256").update(bytes).digest("hex");
  if (listedChecksum(list, "manifest.json") !== found) {
    throw refused(address, "manifest.json is not the one that SHA256SUMS lists");
  }
  const manifest = readManifest(decoded(bytes));
  if (manifest === undefined) throw refused(address, "manifest.json cannot be understood");
  const asset = manifest.assets.find((one) => one.target === target);
  if (asset !== undefined && listedChecksum(list, asset.file) !== asset.sha256) {
    throw refused(address, `manifest.json and SHA256SUMS disagree about ${asset.file}`);
  }
  const { version, commit } = manifest;
  return { address, version, commit, signed: key !== undefined, asset };
}

async function checkSignature(
  downloads: Downloads,
  address: string,
  key: KeyObject,
  sums: Uint8Array,
): Promise<void> {
  const name = "SHA256SUMS.sig";
  const signature = await tryFetch(downloads, address, name);
  if (signature === undefined) throw refused(address, `it is not signed: there is no ${name}`);
  if (!isSignedBy(key, sums, decoded(signature))) {
    throw refused(address, "its signature was not made with the key that is trusted here");
  }
}

async function fetched(downloads: Downloads, address: string, name: string): Promise<Uint8Array> {
  const bytes = await tryFetch(downloads, address, name);
  if (bytes !== undefined) return bytes;
  throw new UserError(`Cannot find a release at "${shownAddress(address)}": there is no ${name}`, {
    hint: "Give the directory that holds it: --base-url https://HOST/PATH",
  });
}

async function tryFetch(
  downloads: Downloads,
  address: string,
  name: string,
): Promise<Uint8Array | undefined> {
  try {
    return await downloads.bytes(`${address}/${name}`, textBytes);
  } catch (error) {
    throw fetchProblem(`${address}/${name}`, error);
  }
}

export function fetchProblem(address: string, error: unknown): UserError {
  return new UserError(`Cannot fetch "${shownAddress(address)}": ${printable(messageOf(error))}`, {
    hint: "Check the address and the network",
    exitCode: exitCode.temporary,
    cause: error,
  });
}

export function refused(address: string, why: string): UserError {
  return new UserError(`Cannot use the release at "${shownAddress(address)}": ${why}`, {
    hint: "Nothing was changed; it was altered on the way, or is not complete yet",
  });
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
