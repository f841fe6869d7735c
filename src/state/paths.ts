/** Where the files of this program are. The only owner of their names. */
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

import { UsageError } from "../lib/errors.ts";

export interface StatePaths {
  readonly directory: string;
  readonly nodeConfig: string;
  readonly identityDirectory: string;
  readonly deviceIdentity: string;
  /** Written by the reference; read for its token, never written. */
  readonly referenceTokens: string;
  readonly approvals: string;
  /** Held by the kernel for the one process that changes the approvals. */
  readonly approvalsLock: string;
  /** Statistics; nothing depends on them. */
  readonly approvalsUsage: string;
  /** Held by the kernel for the one running host. */
  readonly lock: string;
  /** Names the process that holds the lock, for people. */
  readonly holder: string;
  /** Where the running host is asked and answered; on Windows a file that names its pipe. */
  readonly controlSocket: string;
  readonly gatewayDirectory: string;
  /** What was asked for, decided and run; written by the one running host. */
  readonly journal: string;
}

type Env = Readonly<Record<string, string | undefined>>;

export function pathsIn(directory: string): StatePaths {
  const identityDirectory = join(directory, "identity");
  return {
    directory,
    nodeConfig: join(directory, "node.json"),
    identityDirectory,
    deviceIdentity: join(identityDirectory, "device.json"),
    referenceTokens: join(identityDirectory, "device-auth.json"),
    approvals: join(directory, "exec-approvals.json"),
    approvalsLock: join(directory, "exec-approvals.lock"),
    approvalsUsage: join(directory, "exec-approvals-usage.json"),
    lock: join(directory, "node.lock"),
    holder: join(directory, "node.pid"),
    controlSocket: join(directory, "node.sock"),
    gatewayDirectory: join(directory, "gateway"),
    journal: join(directory, "journal.db"),
  };
}

/**
 * The state directory: `CLAWDBOT_STATE_DIR`, else `~/.clawdbot`, or `~/.clawdbot-NAME` with a
 * profile. A leading `~` means the home directory.
 */
export function stateDirectory(env: Env, profile: string | undefined): string {
  const home = homeDirectory(env);
  const named = profile ?? env["CLAWDBOT_PROFILE"]?.trim();
  if (named !== undefined && named !== "" && !/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(named)) {
    throw new UsageError(
      `Cannot use the profile "${named}": a profile is named with letters, digits, "-" and "_"`,
    );
  }
  const given = env["CLAWDBOT_STATE_DIR"]?.trim();
  if (given !== undefined && given !== "" && profile === undefined) {
    return expandHome(given, home);
  }
  return join(home, named === undefined || named === "" ? ".clawdbot" : `.clawdbot-${named}`);
}

export function homeDirectory(env: Env): string {
  const home = env["HOME"]?.trim();
  return home !== undefined && isAbsolute(home) ? home : homedir();
}

/** Makes a path absolute; `~` and `~/…` begin at the home directory. */
export function expandHome(path: string, home: string): string {
  if (path === "~") return home;
  return resolve(path.startsWith("~/") ? join(home, path.slice(2)) : path);
}

/** Where processes of this machine meet that have no other place to write. */
export function meetingDirectory(): string {
  return tmpdir();
}
