import { join } from "node:path";

import type { CliContext } from "../context.ts";

type Env = CliContext["env"];

/**
 * After `su` or `sudo -u` the variables are missing that lead to a user's service manager,
 * although it may well be there.
 */
export function userBusEnvironment({ env, files, machine }: CliContext): Env {
  if (machine.platform !== "linux" || machine.uid === undefined) return env;
  const given = env["XDG_RUNTIME_DIR"];
  const directory = given || `/run/user/${machine.uid}`;
  const isThere = (path: string): boolean => {
    try {
      return files.stat(path, true) !== undefined;
    } catch {
      return false;
    }
  };
  if (!isThere(directory)) return env;
  const bus = join(directory, "bus");
  return {
    ...env,
    XDG_RUNTIME_DIR: directory,
    ...(env["DBUS_SESSION_BUS_ADDRESS"] || !isThere(bus)
      ? {}
      : { DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}` }),
  };
}
