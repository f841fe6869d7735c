// The real programs that we test against, installed once into a cache outside of the repository.
// Without install scripts: nothing of them is built or fetched beyond the packages themselves.
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

export interface Peers {
  /** The Node that the reference needs; the one on this machine may be older. */
  readonly node: string;
  /** The reference's own command line. */
  readonly clawdbot: string;
  /** Compiled code of the reference, kept between runs: its start takes 1.6 s instead of 3. */
  readonly compileCache: string;
}

const CLAWDBOT_MANIFEST = join(import.meta.dir, "..", "peers");
const OPENCLAW_MANIFEST = join(import.meta.dir, "..", "peers-openclaw");
const MANIFEST_FILES = ["package.json", "package-lock.json"] as const;
const INSTALL_LIMIT_MS = 8 * 60_000;

/** Time to allow for a hook that may have to install: an empty cache on a slow network. */
export const PEERS_LIMIT_MS = INSTALL_LIMIT_MS + 60_000;

/** The installed peers; installs them first when this manifest was never installed here. */
export async function ensurePeers(): Promise<Peers> {
  return peersIn(await ensureInstalled(CLAWDBOT_MANIFEST));
}

export const openClawVersions = ["2026.3.31", "2026.5.28", "2026.9.6"] as const;
export type OpenClawVersion = (typeof openClawVersions)[number];

export interface OpenClawPeer {
  readonly entry: string;
  readonly compileCache: string;
}

/** One installed OpenClaw: gateway, node host and command line are one program. */
export async function ensureOpenClaw(version: OpenClawVersion): Promise<OpenClawPeer> {
  const directory = await ensureInstalled(OPENCLAW_MANIFEST);
  return {
    entry: join(directory, "node_modules", `openclaw-${version}`, "dist", "entry.js"),
    compileCache: join(directory, `compile-cache-${version}`),
  };
}

async function ensureInstalled(manifest: string): Promise<string> {
  const directory = await peersDirectory(manifest);
  if (!(await exists(directory))) await installInto(manifest, directory);
  return directory;
}

/** Undefined when this manifest was never installed here. */
export async function installedPeers(): Promise<Peers | undefined> {
  const directory = await peersDirectory(CLAWDBOT_MANIFEST);
  return (await exists(directory)) ? peersIn(directory) : undefined;
}

async function peersDirectory(manifest: string): Promise<string> {
  return join(cacheRoot(), await manifestHash(manifest));
}

function peersIn(directory: string): Peers {
  const modules = join(directory, "node_modules");
  return {
    node: join(modules, `node-${process.platform}-${process.arch}`, "bin", "node"),
    clawdbot: join(modules, "clawdbot", "dist", "entry.js"),
    compileCache: join(directory, "compile-cache"),
  };
}

function cacheRoot(): string {
  const chosen = process.env["CLAWDBOT_INTEROP_CACHE"];
  if (chosen) return chosen;
  const base = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(base, "clawdbot-interop");
}

async function manifestHash(manifest: string): Promise<string> {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}\n`);
  for (const file of MANIFEST_FILES) hash.update(await readFile(join(manifest, file)));
  return hash.digest("hex").slice(0, 16);
}

/** Installs beside the target and renames, so that an interrupted install is never taken for one. */
async function installInto(manifest: string, directory: string): Promise<void> {
  await mkdir(cacheRoot(), { recursive: true });
  const unfinished = await mkdtemp(join(cacheRoot(), "installing-"));
  try {
    for (const file of MANIFEST_FILES) await cp(join(manifest, file), join(unfinished, file));
    await runNpm(unfinished);
    await rename(unfinished, directory).catch(async (error: unknown) => {
      // Another run was faster; its install is as good as ours.
      if (!(await exists(directory))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function runNpm(cwd: string): Promise<void> {
  console.error(`interop: installing the reference peers into ${cwd} (about a minute)`);
  const npm = Bun.spawn(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: INSTALL_LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(npm.stdout).text(),
    new Response(npm.stderr).text(),
    npm.exited,
  ]);
  if (code !== 0) {
    throw new Error(`Cannot install the interop peers: npm ended with ${code}\n${stdout}${stderr}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
