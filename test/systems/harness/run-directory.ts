// What one test run leaves on this machine, all of it below one directory and one control group.
// A keeper removes both when the run is over, also when it was killed and could remove nothing.
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownGroups } from "./control-group.ts";

export interface RunDirectory {
  readonly path: string;
  /** One in each hierarchy that a container needs. */
  readonly groups: readonly string[];
}

/** Ends with its standard input, which only the test run holds open. */
const keeper = `directory=$1
shift
cat >/dev/null
# What runs in a container dies with the test run as well, but not in the same moment.
tries=0
until rm -rf "$directory" && find "$@" -depth -type d -exec rmdir {} +; do
  tries=$((tries + 1))
  if [ "$tries" -ge 100 ]; then break; fi
  sleep 0.1
done
for left in /run/systemd/nspawn/propagate/"\${directory##*/}"-*; do
  if [ -d "$left" ]; then rmdir "$left"; fi
done
`;

let current: RunDirectory | undefined;

export function runDirectory(): RunDirectory {
  if (current !== undefined) return current;
  const path = mkdtempSync(join(tmpdir(), "clawdbot-systems-"));
  const groups = ownGroups().map((group) => join(group, path.split("/").at(-1) ?? ""));
  for (const group of groups) mkdirSync(group);
  const child = Bun.spawn(["/bin/sh", "-c", keeper, "keeper", path, ...groups], {
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
    // Out of reach of the Ctrl-C that ends the run.
    detached: true,
  });
  child.unref();
  current = { path, groups };
  return current;
}
