/** Which service manager this machine has, and for whom. */
import type { Files } from "../platform/ports.ts";

export interface MachineFacts {
  readonly platform: string;
  readonly root: boolean;
  /** Names of what was found, see `markers`. */
  readonly found: ReadonlySet<Marker>;
  /** `systemctl --user` answers. */
  readonly userManager: boolean;
}

/** Something whose presence says what starts services here. */
const markers = {
  systemd: ["/run/systemd/system"],
  openrc: ["/run/openrc", "/sbin/openrc-run"],
  synology: ["/etc/synoinfo.conf", "/etc.defaults/synoinfo.conf"],
  unraid: ["/etc/unraid-version"],
  runit: ["/run/runit", "/etc/runit/runsvdir"],
  container: ["/.dockerenv", "/run/.containerenv"],
  updateRc: ["/usr/sbin/update-rc.d"],
  chkconfig: ["/sbin/chkconfig", "/usr/sbin/chkconfig"],
  useradd: ["/usr/sbin/useradd", "/sbin/useradd", "/usr/bin/useradd"],
  adduser: ["/usr/sbin/adduser", "/bin/busybox"],
} as const;
export type Marker = keyof typeof markers;

export type Choice =
  | { readonly kind: "systemd"; readonly scope: "user" | "system" }
  | { readonly kind: "launchd"; readonly scope: "user" | "system" }
  | { readonly kind: "task"; readonly scope: "user" }
  | { readonly kind: "openrc"; readonly scope: "system" }
  | { readonly kind: "rc"; readonly scope: "system"; readonly style: "synology" | "sysv" }
  /** Nothing that a program could install into: a person has to. */
  | { readonly kind: "recipe"; readonly recipe: "docker" | "runit" | "unraid" | "none" };

export function findMarkers(files: Files): ReadonlySet<Marker> {
  const names: Marker[] = [];
  for (const [name, paths] of Object.entries(markers)) {
    if (isMarker(name) && paths.some((path) => exists(files, path))) names.push(name);
  }
  return new Set(names);
}

function isMarker(name: string): name is Marker {
  return Object.hasOwn(markers, name);
}

function exists(files: Files, path: string): boolean {
  try {
    return files.stat(path, true) !== undefined;
  } catch {
    return false;
  }
}

/** `wanted` is what `--user` or `--system` says. */
export function chooseManager(facts: MachineFacts, wanted: "user" | "system" | undefined): Choice {
  if (facts.platform === "win32") return { kind: "task", scope: "user" };
  const scope = wanted ?? (facts.root ? "system" : "user");
  if (facts.platform === "darwin") return { kind: "launchd", scope };
  // A NAS that has systemd too starts its packages' scripts, and loses units with an update.
  if (facts.found.has("synology")) return { kind: "rc", scope: "system", style: "synology" };
  if (facts.found.has("unraid")) return { kind: "recipe", recipe: "unraid" };
  if (facts.found.has("systemd") || (facts.userManager && scope === "user")) {
    const reachable = facts.userManager || wanted === "user";
    return { kind: "systemd", scope: scope === "user" && reachable ? "user" : "system" };
  }
  if (facts.found.has("openrc")) return { kind: "openrc", scope: "system" };
  if (facts.found.has("runit")) return { kind: "recipe", recipe: "runit" };
  if (facts.found.has("container")) return { kind: "recipe", recipe: "docker" };
  if (facts.found.has("updateRc") || facts.found.has("chkconfig")) {
    return { kind: "rc", scope: "system", style: "sysv" };
  }
  return { kind: "recipe", recipe: "none" };
}
