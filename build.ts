// Builds the executables: `bun build.ts [--all | --target NAME …] [--run -- ARGS]`, and with
// `--release [--base-url URL] [--sign-key FILE]` the folder dist/release/ that install.sh takes.
//
// All that decides the bytes is fixed: Bun, its runtimes (package-lock.json), the base name that
// Bun embeds, the stamps. Two builds of one commit are identical, whatever their directory.

import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { makeRelease, publicKeyOf } from "./.ci/release.ts";
import lock from "./package-lock.json" with { type: "json" };
import manifest from "./package.json" with { type: "json" };

// In Bun 1.4 the plain x64 runtime needs no AVX2: a baseline build carries the same one.
// oxfmt-ignore
const targets = [
  "linux-x64", "linux-x64-musl", "linux-x64-baseline", "linux-x64-baseline-musl",
  "linux-arm64", "linux-arm64-musl",
  "darwin-x64", "darwin-arm64",
  "windows-x64", "windows-arm64",
] as const;
type Target = (typeof targets)[number];

const app = "clawdbot";
const root = import.meta.dir;
const dist = join(root, "dist");
const programOf = (target: Target): string =>
  join(dist, target, target.startsWith("windows") ? `${app}.exe` : app);

/** Whether this machine can start what is built for a target. */
function runsHere(target: Target): boolean {
  const [os, arch] = target.split("-");
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const musl = process.platform === "linux" && !report.header?.glibcVersionRuntime;
  const sameOs = os === (process.platform === "win32" ? "windows" : process.platform);
  return sameOs && arch === process.arch && target.endsWith("-musl") === musl;
}

/** The standard output of a command, or undefined when it cannot be run or fails. */
async function outputOf(...argv: string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await Bun.$`${argv}`.nothrow().quiet();
  return exitCode === 0 ? stdout.toString().trim() : undefined;
}

/** Lends a new folder to `use`, and removes it afterwards. */
async function withFolder<T>(prefix: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(prefix);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The commit that is built, marked when the work tree differs from it. */
async function commitStamp(): Promise<string> {
  // An empty prefix: this folder is the top of a work tree, not merely inside somebody else's.
  if ((await outputOf("git", "rev-parse", "--show-prefix")) !== "") return "unknown";
  const commit = await outputOf("git", "rev-parse", "--short=12", "HEAD");
  if (commit === undefined) return "unknown";
  return (await outputOf("git", "status", "--porcelain")) === "" ? commit : `${commit}.dirty`;
}

/**
 * The Bun executable that a target carries. For a foreign one `Bun.build` would download it, but
 * unchecked and from one fixed host; npm honours the person's mirror and proxy, and the lockfile
 * says which bytes are right.
 */
async function runtimeFor(target: Target): Promise<string> {
  if (runsHere(target)) return process.execPath;
  const [os, arch] = target.split("-");
  const libc = target.endsWith("-musl") ? "-musl" : "";
  const name = `@oven/bun-${os}-${arch === "arm64" ? "aarch64" : arch}${libc}`;
  const spec = `${name}@${Bun.version}`;
  const kept = join(root, "node_modules", ".cache", "bun-runtimes", basename(spec));
  if (await Bun.file(kept).exists()) return kept;
  return await withFolder(join(tmpdir(), "clawdbot-runtime-"), async (folder) => {
    const file = await outputOf("npm", "pack", spec, "--silent", "--pack-destination", folder);
    if (!file) throw new Error(`Cannot fetch ${spec}: "npm pack ${spec}" fails`);
    const bytes = await Bun.file(join(folder, file)).bytes();
    const packages: Record<string, { version?: string; integrity?: string }> = lock.packages;
    const integrity = `sha512-${new Bun.CryptoHasher("sha512").update(bytes).digest("base64")}`;
    if (packages[`node_modules/${name}`]?.integrity !== integrity)
      throw new Error(`Cannot use ${spec}: its bytes are not those of package-lock.json`);
    const [program] = (await new Bun.Archive(bytes).files("package/bin/bun*")).values();
    if (program === undefined) throw new Error(`Cannot use ${spec}: it has no bin/bun`);
    await Bun.write(`${kept}.part`, program);
    await rename(`${kept}.part`, kept);
    return kept;
  });
}

/** What the program is told about itself, besides its version and target. */
interface Stamps {
  readonly commit: string;
  /** Where `clawdbot update` looks for releases; may be empty. */
  readonly baseUrl: string;
  /** What it checks their signatures with; may be empty. */
  readonly publicKey: string;
}

/** Compiles one target into a folder and gives the path of the executable. */
async function compile(target: Target, stamps: Stamps, folder: string): Promise<string> {
  const result = await Bun.build({
    entrypoints: [join(root, "src", "main.ts")],
    target: "bun",
    format: "esm", // with bytecode, the default format makes a binary that dies
    bytecode: true,
    splitting: true, // what is imported lazily costs nothing until it is used
    minify: { whitespace: true, syntax: true }, // short identifiers gain no time and spoil stacks
    define: {
      CLAWDBOT_VERSION: JSON.stringify(manifest.version),
      CLAWDBOT_COMMIT: JSON.stringify(stamps.commit),
      CLAWDBOT_TARGET: JSON.stringify(target),
      CLAWDBOT_RELEASE_URL: JSON.stringify(stamps.baseUrl),
      CLAWDBOT_RELEASE_KEY: JSON.stringify(stamps.publicKey),
    },
    throw: false,
    compile: {
      target: `bun-${target}`,
      executablePath: await runtimeFor(target),
      outfile: join(folder, app),
      // The folder in which the program is started must have no say in what it does.
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadPackageJson: false,
      autoloadTsconfig: false,
    },
  });
  const [output] = result.outputs;
  const [complaint] = result.logs; // a failed bytecode step is a mere log entry
  const { file = "src", line = "?" } = complaint?.position ?? {};
  if (!result.success || complaint !== undefined || output === undefined)
    throw new Error(`Cannot compile ${target}: ${complaint?.message} (${file}:${line})`);
  return output.path;
}

/** Starts an executable in a folder whose files try to interfere; gives what it printed. */
async function smokeTest(program: string): Promise<string> {
  return await withFolder(join(tmpdir(), "clawdbot-smoke-"), async (cwd) => {
    await Bun.write(join(cwd, ".env"), "CLAWDBOT_STATE_DIR=/no/such/directory\n");
    await Bun.write(join(cwd, "bunfig.toml"), 'preload = ["./no-such-file.ts"]\n');
    await Bun.write(join(cwd, "package.json"), '{ "version": "0.0.0-trap", "imports": ');
    const { PATH, SystemRoot } = process.env;
    const env = { PATH, SystemRoot, HOME: cwd, USERPROFILE: cwd };
    const child = Bun.spawnSync([program, "--version"], { cwd, env, timeout: 30_000 });
    const said = `${child.stdout.toString()}${child.stderr.toString()}`.trim();
    if (child.exitCode === 0 && said.includes(manifest.version)) return said;
    const end = child.exitedDueToTimeout ? "still running after 30 s" : `exit ${child.exitCode}`;
    throw new Error(`Cannot start ${program} --version: ${end}, ${JSON.stringify(said)}`);
  });
}

/** Builds and starts one target; only then it becomes dist/TARGET/clawdbot. */
async function build(target: Target, stamps: Stamps): Promise<void> {
  const start = performance.now();
  const final = programOf(target);
  await mkdir(dirname(final), { recursive: true });
  const said = await withFolder(join(dist, ".build-"), async (folder) => {
    const made = await compile(target, stamps, folder);
    const answer = runsHere(target) ? await smokeTest(made) : "not for this machine, not started";
    await rename(made, final);
    return answer;
  });
  const mib = (Bun.file(final).size / 2 ** 20).toFixed(1);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stderr.write(`${relative(root, final)}  ${mib} MiB  ${seconds} s  (${said})\n`);
}

/** Writes the checksums of all executables that are in dist/. */
async function writeSums(): Promise<void> {
  const lines = [];
  for (const path of [...new Bun.Glob(`*/${app}{,.exe}`).scanSync(dist)].toSorted()) {
    const hasher = new Bun.CryptoHasher("sha256").update(await Bun.file(join(dist, path)).bytes());
    lines.push(`${hasher.digest("hex")}  ${path.replaceAll("\\", "/")}\n`);
  }
  await Bun.write(join(dist, "SHA256SUMS"), lines.join(""));
}

/** Runs what was built in the foreground and ends as it ends. */
async function run(argv: string[]): Promise<number> {
  const child = Bun.spawn(argv, { stdio: ["inherit", "inherit", "inherit"] });
  process.on("SIGINT", () => undefined); // the terminal sends Ctrl-C to the program as well
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return await child.exited;
}

async function main(): Promise<number> {
  if (Bun.version !== manifest.devDependencies.bun)
    throw new Error(`Cannot build with Bun ${Bun.version}: use "npm run build"`);
  process.chdir(root); // Bun hashes paths relative to the current folder into chunk names
  const flag = { type: "boolean" } as const;
  const text = { type: "string" } as const;
  const options = {
    all: flag,
    run: flag,
    release: flag,
    "base-url": text,
    "sign-key": text,
    target: { type: "string", multiple: true },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const native = targets.filter(runsHere).slice(0, 1);
  const named = values.target ?? native;
  const wanted = targets.filter((name) => values.all || named.includes(name));
  const unknown = named.find((name) => !targets.some((known) => known === name));
  if (unknown !== undefined || wanted.length === 0)
    throw new Error(`Cannot build "${unknown ?? "native"}": wanted ${targets.join(", ")}`);
  const commit = await commitStamp();
  const { "base-url": baseUrl = "", "sign-key": keyFile } = values;
  const publicKey = keyFile === undefined ? "" : await publicKeyOf(keyFile);
  for (const name of wanted) await build(name, { commit, baseUrl, publicKey });
  await writeSums();
  if (values.release) {
    const built = wanted.map((target) => ({ target, program: programOf(target) }));
    const folder = await makeRelease(built, { root, commit, baseUrl, keyFile });
    process.stderr.write(`${relative(root, folder)}/\n`);
  }
  return values.run ? await run([...native.map(programOf), ...positionals]) : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
