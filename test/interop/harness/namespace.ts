// A network namespace with nothing but loopback: real gateways cannot reach anything, and nothing
// else on this machine can reach them or take their ports. Needs root.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";

const PREFIX = "clawdbot-interop-";
const MOUNTS = "/run/netns";

export interface Namespace {
  readonly name: string;
  /** Put in front of an argv to run it inside; it then also dies with this process. */
  readonly launcher: readonly string[];
  /** The processes that live inside, also those that their parents have forgotten. */
  pids(): number[];
  /** Synchronous, so that it also works on the way out of a killed test run. */
  remove(): void;
}

let created = 0;

export async function createNamespace(): Promise<Namespace> {
  await removeLeftovers();
  created += 1;
  const name = `${PREFIX}${process.pid}-${created}`;
  ip("netns", "add", name);
  const namespace: Namespace = {
    name,
    // Not `ip netns exec`: that remounts /sys. The parent-death signal is for the case in which
    // the test run itself is killed and can clean up nothing.
    launcher: ["nsenter", `--net=${MOUNTS}/${name}`, "setpriv", "--pdeathsig", "KILL", "--"],
    pids: () => pidsIn(name),
    remove: () => removeWithInhabitants(name),
  };
  try {
    ip("-n", name, "link", "set", "lo", "up");
  } catch (error) {
    namespace.remove();
    throw error;
  }
  return namespace;
}

/** A run that was killed leaves its name behind; its number tells that nobody owns it any more. */
async function removeLeftovers(): Promise<void> {
  const names = existsSync(MOUNTS) ? await readdir(MOUNTS) : [];
  for (const name of names) {
    const owner = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split("-")[0] : undefined;
    if (owner && !existsSync(`/proc/${owner}`)) {
      removeWithInhabitants(name);
    }
  }
}

/** Whoever still lives in there was started by a test, also the child of a child of a node. */
function removeWithInhabitants(name: string): void {
  if (!existsSync(`${MOUNTS}/${name}`)) return;
  for (const pid of pidsIn(name)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone in the meantime.
    }
  }
  ip("netns", "del", name);
}

function pidsIn(name: string): number[] {
  return ip("netns", "pids", name).split("\n").filter(Boolean).map(Number);
}

function ip(...args: string[]): string {
  const done = Bun.spawnSync(["ip", ...args], { timeout: 10_000 });
  if (!done.success) {
    const reason = done.stderr.toString().trim() || `exit ${done.exitCode}`;
    throw new Error(`Cannot run "ip ${args.join(" ")}": ${reason} (the interop tests need root)`);
  }
  return done.stdout.toString();
}
