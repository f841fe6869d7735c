/** Makes the program of a release ready to take the place of the one that runs. */
import { dirname, join } from "node:path";

import { printable } from "../lib/display-text.ts";
import { UserError, codeOf, messageOf } from "../lib/errors.ts";
import type { Downloads, ProgramFiles } from "../platform/ports.ts";
import { diskProblem } from "./disk-problem.ts";
import { type Release, fetchProblem, refused } from "./find-release.ts";
import type { Asset } from "./release-manifest.ts";

export interface StagePorts {
  readonly downloads: Downloads;
  readonly programs: ProgramFiles;
  /** What `PROGRAM --version` prints. Throws what keeps it from starting. */
  versionOf(program: string): Promise<string>;
}

/** Gives the path of a program that was checked and has been started once. Throws UserError. */
export async function stageProgram(
  ports: StagePorts,
  release: Release,
  { directory, target }: { readonly directory: string; readonly target: string },
): Promise<string> {
  const { asset, address, version } = release;
  if (asset === undefined) {
    throw new UserError(`Cannot update to ${version}: the release has no build for ${target}`);
  }
  const packed = join(directory, asset.file);
  const sum = await download(ports, `${address}/${asset.file}`, packed, asset);
  if (sum !== asset.sha256) {
    throw refused(address, `${asset.file} has the checksum ${sum}, ${asset.sha256} is wanted`);
  }
  const program = asset.file.endsWith(".gz")
    ? await unpack(ports, packed, directory, { address, asset })
    : packed;
  ports.programs.setMode(program, 0o755);
  await checkStart(ports, program, release, target);
  return program;
}

async function download(
  { downloads }: StagePorts,
  address: string,
  path: string,
  asset: Asset,
): Promise<string> {
  let sum: string | undefined;
  try {
    sum = await downloads.toFile(address, path, asset.bytes);
  } catch (error) {
    throw isOfDisk(error) ? diskProblem(dirname(path), error) : fetchProblem(address, error);
  }
  if (sum === undefined) throw fetchProblem(address, new Error("there is no such file"));
  return sum;
}

async function unpack(
  { programs }: StagePorts,
  packed: string,
  directory: string,
  { address, asset }: { readonly address: string; readonly asset: Asset },
): Promise<string> {
  const path = join(directory, "new");
  let sum: string;
  try {
    sum = await programs.unpack(packed, path, asset.program.bytes);
  } catch (error) {
    if (isOfDisk(error)) throw diskProblem(directory, error);
    throw refused(address, `${asset.file} cannot be unpacked: ${messageOf(error)}`);
  }
  if (sum !== asset.program.sha256) {
    throw refused(address, `${asset.file} holds another program than manifest.json says`);
  }
  return path;
}

/** What does not start, or is another program, must not take the place of one that works. */
async function checkStart(
  ports: StagePorts,
  program: string,
  { address, version }: Release,
  target: string,
): Promise<void> {
  let said: string;
  try {
    said = await ports.versionOf(program);
  } catch (error) {
    throw new UserError(
      `Cannot update to ${version}: the new program does not start here: ${printable(messageOf(error))}`,
      { hint: "Nothing was changed", cause: error },
    );
  }
  const match = /^clawdbot (\S+) \([^,()]*, ([a-z0-9-]+)\)$/.exec(said.trim());
  if (match?.[1] === version && match[2] === target) return;
  throw refused(
    address,
    `its program says "${printable(said.trim())}", clawdbot ${version} for ${target} is wanted`,
  );
}

function isOfDisk(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO"].includes(codeOf(error) ?? "");
}
