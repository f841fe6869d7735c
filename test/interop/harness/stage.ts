// Where a test file plays: one namespace, one temporary directory, and every process started in
// them. Whatever happens, the end of the stage is the end of all of it.
import { readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child, type Ended } from "./child.ts";
import { createNamespace, type Namespace } from "./namespace.ts";
import { ensurePeers, type Peers } from "./peers.ts";

/** What to start; the stage adds where. */
export interface Part {
  readonly role: string;
  readonly argv: readonly string[];
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

const raised = new Set<Stage>();

export class Stage {
  readonly peers: Peers;
  readonly #namespace: Namespace;
  readonly #directory: string;
  #children: Child[] = [];

  constructor(peers: Peers, namespace: Namespace, directory: string) {
    this.peers = peers;
    this.#namespace = namespace;
    this.#directory = directory;
    raised.add(this);
  }

  /** A fresh home directory; every program gets one, so that none sees this machine's own files. */
  async home(name: string): Promise<string> {
    return mkdtemp(join(this.#directory, `${name}-`));
  }

  start(part: Part): Child {
    const child = new Child({
      role: part.role,
      argv: part.argv,
      launcher: this.#namespace.launcher,
      cwd: part.home,
      env: {
        HOME: part.home,
        TMPDIR: part.home,
        PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        NO_COLOR: "1",
        ...part.env,
      },
    });
    this.#children.push(child);
    return child;
  }

  /** Starts a program that ends by itself, and waits for that. */
  async run(part: Part, limitMs: number): Promise<Ended> {
    return this.start(part).endsWithin(limitMs);
  }

  /** The command lines of all processes here, also of those that nobody waits for. */
  commands(): string[] {
    return this.#namespace
      .pids()
      .map((pid) => commandLine(pid))
      .filter((line) => line !== "");
  }

  /** Everything that was started since the last call, for the report of a failed test. */
  transcript(): string {
    return this.#children.map((child) => child.transcript()).join("\n");
  }

  /** Drops what has ended: its output belongs to a test that passed. */
  forgetEnded(): void {
    this.#children = this.#children.filter((child) => child.isRunning);
  }

  /** Synchronous, so that it also works on the way out of a killed test run. */
  strike(): void {
    if (!raised.delete(this)) return;
    for (const child of this.#children) child.killNow();
    this.#namespace.remove();
    // A killed process may still be busy with its last file.
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

export async function raiseStage(): Promise<Stage> {
  strikeWhenKilled();
  const peers = await ensurePeers();
  const namespace = await createNamespace();
  return new Stage(peers, namespace, await mkdtemp(join(tmpdir(), "clawdbot-interop-")));
}

/** Empty for a process that has ended, waited for or not. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trimEnd();
  } catch {
    return "";
  }
}

function strikeAll(): void {
  for (const stage of raised) stage.strike();
}

let isWatching = false;

/** `afterAll` does not run when somebody ends the test run with Ctrl-C. */
function strikeWhenKilled(): void {
  if (isWatching) return;
  isWatching = true;
  process.on("exit", strikeAll);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(signal, () => {
      strikeAll();
      process.exit(code);
    });
  }
}
