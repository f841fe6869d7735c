// A release for `clawdbot update`: real files in a folder, with a program that is a few lines of shell.
import { type KeyObject, createHash, sign } from "node:crypto";
import type { Scratch } from "./scratch.ts";

export interface ReleaseFacts {
  readonly version: string;
  readonly target?: string;
  /** A shell script by default that says its version. */
  readonly program?: string | Uint8Array;
  readonly signedWith?: KeyObject;
}

export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

export const programOf = (version: string, target = "test-target"): string =>
  `#!/bin/sh\necho "clawdbot ${version} (000000000000, ${target})"\n`;

/** Writes a release below `folder` and gives its path. */
export function makeTestRelease(scratch: Scratch, folder: string, facts: ReleaseFacts): string {
  const { version, target = "test-target" } = facts;
  const program = Buffer.from(facts.program ?? programOf(version, target));
  const file = `clawdbot-${target}.gz`;
  const packed = Bun.gzipSync(program);
  const asset = {
    target,
    file,
    bytes: packed.length,
    sha256: sha256(packed),
    program: { bytes: program.length, sha256: sha256(program) },
  };
  const manifest = JSON.stringify({
    name: "clawdbot",
    version,
    commit: "000000000000",
    assets: [{ ...asset, target: "other", file: "clawdbot-other.gz" }, asset],
  });
  scratch.file(`${folder}/${file}`, packed);
  scratch.file(`${folder}/manifest.json`, manifest);
  scratch.file(
    `${folder}/SHA256SUMS`,
    `${asset.sha256}  clawdbot-other.gz\n${asset.sha256}  ${file}\n${sha256(manifest)}  manifest.json\n`,
  );
  if (facts.signedWith !== undefined) signRelease(scratch, folder, facts.signedWith);
  return scratch.at(folder);
}

export function signRelease(scratch: Scratch, folder: string, key: KeyObject): void {
  const sums = Buffer.from(scratch.read(`${folder}/SHA256SUMS`));
  scratch.file(`${folder}/SHA256SUMS.sig`, `${sign(null, sums, key).toString("base64")}\n`);
}
