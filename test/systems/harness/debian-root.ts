// The files of a minimal Debian of this machine's own release, from the mirror that this machine
// itself uses. Made once for each test run; every container gets a copy.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runDirectory } from "./run-directory.ts";
import { succeeds } from "./succeeds.ts";

export type Init = "systemd" | "openrc" | "sysv";

const included = [
  "systemd-sysv",
  "dbus",
  "dbus-user-session",
  "libpam-systemd",
  // Whether a user may switch lingering on is its decision.
  "polkitd",
  "sudo",
];

/** Go when another init comes, as `apt` would decide. */
const systemdOnly = ["dbus-user-session", "polkitd", "libpam-systemd", "systemd-sysv"];

const initPackages: Readonly<Record<Exclude<Init, "systemd">, readonly string[]>> = {
  sysv: ["sysvinit-core", "initscripts", "insserv", "sysv-rc", "startpar"],
  openrc: ["sysvinit-core", "initscripts", "insserv", "openrc", "libeinfo1", "librc1"],
};

let base: Promise<string> | undefined;

/** A copy that belongs to the caller, with this init. */
export async function copyRoot(name: string, init: Init): Promise<string> {
  base ??= bootstrap();
  const root = join(runDirectory().path, name);
  await succeeds(["cp", "--archive", "--reflink=auto", await base, root]);
  if (init !== "systemd") await replaceInit(root, init);
  return root;
}

async function bootstrap(): Promise<string> {
  const root = join(runDirectory().path, "base");
  const { mirror, codename } = await configuredMirror();
  const packages = `--include=${included.join(",")}`;
  await succeeds(["debootstrap", "--variant=minbase", packages, codename, root, mirror]);
  await succeeds(["rm", "-rf", ...["var/cache/apt", "usr/share/doc"].map((at) => join(root, at))]);
  return root;
}

async function configuredMirror(): Promise<{ mirror: string; codename: string }> {
  const release = readFileSync("/etc/os-release", "utf8");
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  if (codename === undefined) throw new Error("Cannot tell which Debian this is: /etc/os-release");
  const filters = ["Created-By: Packages", `Codename: ${codename}`, "Component: main"];
  const listed = await succeeds(["apt-get", "indextargets", "--format", "$(REPO_URI)", ...filters]);
  const mirror = listed.split("\n")[0];
  if (mirror) return { mirror, codename };
  throw new Error(`Cannot find a mirror of ${codename}: "apt-get indextargets" names none`);
}

async function replaceInit(root: string, init: Exclude<Init, "systemd">): Promise<void> {
  const archives = join(root, "var/cache/init");
  await succeeds(["mkdir", "--parents", archives]);
  await succeeds(["apt-get", "download", "-qq", ...initPackages[init]], { cwd: archives });
  await succeeds(["chroot", root, "dpkg", "--purge", ...systemdOnly]);
  await succeeds(["chroot", root, "sh", "-c", "dpkg --install /var/cache/init/*.deb"]);
  // There are no terminals to log in at.
  await succeeds(["sed", "--in-place", "/getty/d", join(root, "etc/inittab")]);
}
