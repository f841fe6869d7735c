// The control groups of this process, in the hierarchies in which systemd keeps its services.
import { existsSync, readFileSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** One on a machine with version 2 alone, two where version 1 has a hierarchy of systemd's own. */
export function ownGroups(): string[] {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const groups = readFileSync("/proc/self/cgroup", "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, name, path = ""] = /^\d+:(name=systemd|):(.*)$/.exec(line) ?? [];
      if (name === undefined) return [];
      const mount = mounts
        .map((entry) => entry.split(" "))
        .find(([, , type, options]) =>
          name === "" ? type === "cgroup2" : type === "cgroup" && options?.includes(name),
        );
      return mount?.[1] === undefined ? [] : [join(mount[1], path)];
    });
  if (groups.length > 0) return groups;
  throw new Error("Cannot find the control group of this process: is /sys/fs/cgroup mounted?");
}

/** With all groups in it, which have no processes any more. */
export function removeGroup(group: string): void {
  if (!existsSync(group)) return;
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroup(join(group, entry.name));
  }
  rmdirSync(group);
}
