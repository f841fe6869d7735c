/** The state directory and what only its owner may read. */
import { shellQuote } from "../../lib/display-text.ts";
import type { Files, Random } from "../../platform/ports.ts";
import { loadIdentity } from "../../state/device-identity.ts";
import { readNodeConfig } from "../../state/node-config.ts";
import type { StatePaths } from "../../state/paths.ts";
import { type Finding, fail, failureOf, pass, warn } from "./check.ts";

export interface StateFacts {
  readonly paths: StatePaths;
  /** Whom it has to belong to; undefined where files have no such owner. */
  readonly uid: number | undefined;
}

export function stateFinding(files: Files, random: Random, { paths, uid }: StateFacts): Finding {
  const { directory } = paths;
  const facts = files.stat(directory, true);
  if (facts === undefined) return pass(`"${directory}" is not there yet; node run makes it`);
  if (facts.kind !== "directory") {
    return fail(
      `"${directory}" is a ${facts.kind}, a directory is wanted`,
      `Move it away: mv ${shellQuote(directory)} ${shellQuote(`${directory}.old`)}`,
    );
  }
  if (uid !== undefined && facts.uid !== uid) {
    return fail(
      `"${directory}" belongs to user ${facts.uid}, wanted is user ${uid}`,
      `sudo chown -R "$(id -un)" ${shellQuote(directory)}`,
    );
  }
  const damages = [
    () => void readNodeConfig(files, paths, random),
    () => void loadIdentity(files, paths),
  ].flatMap((read) => damage(read));
  const [worst] = damages;
  if (worst !== undefined) {
    return { ...worst, fact: damages.map(({ fact }) => fact).join("; ") };
  }
  const open = uid === undefined ? [] : tooOpen(files, paths);
  if (open.length > 0) {
    return warn(
      `others may read or change ${open.map(({ path }) => `"${path}"`).join(", ")}`,
      open.map(({ path, mode }) => `chmod ${mode} ${shellQuote(path)}`).join("; "),
    );
  }
  const identity = loadIdentity(files, paths);
  const device =
    identity === undefined ? "no identity yet" : `device ${identity.deviceId.slice(0, 12)}`;
  return pass(`"${directory}" is in order (${device})`);
}

function damage(read: () => void): Finding[] {
  try {
    read();
    return [];
  } catch (error) {
    return [failureOf(error)];
  }
}

/** Both hold a secret; into the directory others could put what they like. */
function tooOpen(
  files: Files,
  { directory, nodeConfig, deviceIdentity }: StatePaths,
): { readonly path: string; readonly mode: string }[] {
  return [
    { path: directory, mode: "700", bits: 0o022 },
    { path: nodeConfig, mode: "600", bits: 0o077 },
    { path: deviceIdentity, mode: "600", bits: 0o077 },
  ].filter(({ path, bits }) => ((files.stat(path, true)?.mode ?? 0) & bits) !== 0);
}
