// Makes dist/release/ of what was built: the folder that install.sh takes for `--base-url`.
// Two releases of one commit are identical byte for byte, except for the signature's key.

import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import lock from "../package-lock.json" with { type: "json" };
import manifest from "../package.json" with { type: "json" };

export interface Built {
  readonly target: string;
  readonly program: string;
}

export interface ReleaseOptions {
  readonly root: string;
  readonly commit: string;
  /** Where the folder will be found; stamped into install.sh; may be empty. */
  readonly baseUrl: string;
  /** PEM file of an Ed25519 key that signs SHA256SUMS. */
  readonly keyFile: string | undefined;
}

interface Asset {
  readonly target: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of the program itself, when the file is compressed. */
  readonly program: { readonly bytes: number; readonly sha256: string };
}

/** Gives the folder. */
export async function makeRelease(
  built: readonly Built[],
  options: ReleaseOptions,
): Promise<string> {
  const folder = join(options.root, "dist", "release");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const assets: Asset[] = [];
  for (const one of built) assets.push(await pack(one, folder));
  const { version } = manifest;
  const facts = { name: manifest.name, version, commit: options.commit, assets };
  await Bun.write(join(folder, "manifest.json"), json(facts));
  await Bun.write(join(folder, "sbom.cdx.json"), json(billOfMaterials(options.commit)));
  await Bun.write(join(folder, "install.sh"), await stamped(options));
  const sums = await checksums(folder);
  await Bun.write(join(folder, "SHA256SUMS"), sums);
  if (options.keyFile !== undefined) {
    const key = createPrivateKey(await Bun.file(options.keyFile).text());
    const signature = sign(null, Buffer.from(sums), key).toString("base64");
    await Bun.write(join(folder, "SHA256SUMS.sig"), `${signature}\n`);
  }
  return folder;
}

/** What checks the signatures of a private key: SubjectPublicKeyInfo in base64. */
export async function publicKeyOf(keyFile: string): Promise<string> {
  const key = createPublicKey(createPrivateKey(await Bun.file(keyFile).text()));
  if (key.asymmetricKeyType !== "ed25519")
    throw new Error(`Cannot sign with ${keyFile}: an Ed25519 key is wanted`);
  return key.export({ type: "spki", format: "der" }).toString("base64");
}

/** Windows has no gzip: its programs stay as they are. */
async function pack({ target, program }: Built, folder: string): Promise<Asset> {
  const content = await Bun.file(program).bytes();
  const plain = target.startsWith("windows");
  const file = `${manifest.name}-${target}${plain ? ".exe" : ".gz"}`;
  const packed = plain ? content : Bun.gzipSync(content, { level: 9 });
  await Bun.write(join(folder, file), packed);
  return {
    target,
    file,
    bytes: packed.byteLength,
    sha256: sha256(packed),
    program: { bytes: content.byteLength, sha256: sha256(content) },
  };
}

async function stamped({ root, baseUrl }: ReleaseOptions): Promise<string> {
  const script = await Bun.file(join(root, "install.sh")).text();
  const line = "DEFAULT_BASE_URL=''";
  if (!script.includes(line)) throw new Error(`Cannot stamp install.sh: it has no ${line}`);
  if (!/^[A-Za-z0-9:/._~-]*$/.test(baseUrl))
    throw new Error(`Cannot stamp "${baseUrl}" into install.sh: a plain address is wanted`);
  return script.replace(line, `DEFAULT_BASE_URL='${baseUrl}'`);
}

async function checksums(folder: string): Promise<string> {
  const files = [...new Bun.Glob("*").scanSync(folder)].toSorted((a, b) => (a < b ? -1 : 1));
  const lines = files.map(async (file) => {
    const bytes = await Bun.file(join(folder, file)).bytes();
    return `${sha256(bytes)}  ${basename(file)}\n`;
  });
  return (await Promise.all(lines)).join("");
}

/** CycloneDX 1.5: what is inside of every executable. */
function billOfMaterials(commit: string): unknown {
  const component = (name: string) => {
    const { version = "", license, integrity = "" } = locked(name);
    const [algorithm = "", digest = ""] = integrity.split("-");
    return {
      type: "library",
      "bom-ref": `${name}@${version}`,
      name,
      version,
      purl: `pkg:npm/${name}@${version}`,
      ...(license === undefined ? {} : { licenses: [{ license: { id: license } }] }),
      ...(algorithm === "sha512"
        ? { hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }] }
        : {}),
    };
  };
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": manifest.name,
        name: manifest.name,
        version: manifest.version,
        licenses: [{ license: { id: manifest.license } }],
        properties: [{ name: "commit", value: commit }],
      },
    },
    components: ["bun", ...carried()].map(component),
  };
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function locked(name: string): LockedPackage {
  const packages: Readonly<Record<string, LockedPackage & { readonly name?: string }>> =
    lock.packages;
  return packages[`node_modules/${name}`] ?? {};
}

/** The run-time packages, with those that they need themselves. */
function carried(): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const needed of Object.keys(locked(name).dependencies ?? {})) add(needed);
  };
  for (const name of Object.keys(manifest.dependencies)) add(name);
  return [...found].toSorted();
}

function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
