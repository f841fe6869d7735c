/** The control group that this process was given, where it may make groups below it. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** Looked for once: what is not there at the first run is not tried again. */
let found: { readonly path: string | undefined } | undefined;

/** Its directory; undefined: there are no groups. */
export function hostCgroup(): string | undefined {
  found ??= { path: delegatedCgroup() };
  return found.path;
}

export function membersOf(path: string): readonly number[] {
  try {
    const text = readFileSync(join(path, "cgroup.procs"), "utf8");
    return text.split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The root of the real hierarchy, which has no `cgroup.kill`, is nobody's to use. */
function delegatedCgroup(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const own = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
    const mounted = mountPoint(readFileSync("/proc/self/mountinfo", "utf8"));
    if (own === undefined || mounted === undefined) return undefined;
    const path = join(mounted, own);
    if (!existsSync(join(path, "cgroup.kill"))) return undefined;
    accessSync(join(path, "cgroup.procs"), constants.W_OK);
    const probe = join(path, `clawdbot-probe-${process.pid}`);
    mkdirSync(probe);
    rmdirSync(probe);
    return path;
  } catch {
    return undefined;
  }
}

/** Fields of mountinfo: id, parent, device, root, mount point, …, "-", type. */
function mountPoint(mounts: string): string | undefined {
  const line = mounts.split("\n").find((text) => text.includes(" - cgroup2 "));
  return line?.split(" ")[4];
}
