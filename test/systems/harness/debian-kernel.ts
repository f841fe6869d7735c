// Debian's kernel for virtual machines, unpacked and not installed: nothing of this machine changes.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const metaPackage = "linux-image-cloud-amd64";

/** The path of the kernel; asks apt for the package when it was never unpacked here. */
export function debianKernel(): string {
  const root = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "clawdbot-systems");
  const name = packageOf(metaPackage);
  const directory = join(root, name);
  if (!existsSync(directory)) unpack(name, root, directory);
  const boot = join(directory, "boot");
  const kernel = readdirSync(boot).find((file) => file.startsWith("vmlinuz-"));
  if (kernel === undefined) throw new Error(`Cannot find a kernel in "${boot}"`);
  return join(boot, kernel);
}

/** The newest kernel's own package. */
function packageOf(meta: string): string {
  const said = succeed(["apt-cache", "depends", meta], "/");
  const name = /^ *Depends: (linux-image-\S+)$/m.exec(said)?.[1];
  if (name === undefined) throw new Error(`Cannot find the kernel's package: apt says "${said}"`);
  return name;
}

/** Beside the place and renamed, so that half a package is never taken for a whole one. */
function unpack(name: string, root: string, directory: string): void {
  mkdirSync(root, { recursive: true });
  const unfinished = mkdtempSync(join(root, "unpacking-"));
  try {
    // For apt's own user, which has no rights in a home.
    succeed(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", name], unfinished);
    const [file = ""] = readdirSync(unfinished);
    succeed(["dpkg-deb", "--extract", file, "root"], unfinished);
    rmSync(join(unfinished, "root", "lib"), { recursive: true });
    renameSync(join(unfinished, "root"), directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function succeed(argv: readonly string[], cwd: string): string {
  const { success, exitCode, stdout, stderr } = Bun.spawnSync([...argv], { cwd });
  if (success) return stdout.toString();
  throw new Error(`Cannot run "${argv.join(" ")}": exit ${exitCode}\n${stderr.toString()}`);
}
