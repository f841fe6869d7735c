/** The account that a system service runs as. */
import type { Files } from "../platform/ports.ts";
import type { CommandRunner } from "./command-runner.ts";
import { type Step, command } from "./plan.ts";

/** Made by an installation as root that names nobody. */
export const ownAccount = { name: "clawdbot", home: "/var/lib/clawdbot" } as const;

export interface FoundAccount {
  readonly home: string;
  readonly uid: number;
}

/** Undefined when there is no such account. */
export async function findAccount(
  runner: CommandRunner,
  files: Files,
  name: string,
): Promise<FoundAccount | undefined> {
  // Where accounts come from a directory service, only getent knows them.
  const asked = await runner.run(["getent", "passwd", name]);
  const lines = asked.code === undefined ? (files.readText("/etc/passwd") ?? "") : asked.stdout;
  const line = lines.split("\n").find((entry) => entry.startsWith(`${name}:`));
  const fields = line?.split(":") ?? [];
  if (fields[5] !== undefined) return { home: fields[5], uid: Number(fields[2]) };
  const mac = await runner.run([
    "dscl",
    ".",
    "-read",
    `/Users/${name}`,
    "NFSHomeDirectory",
    "UniqueID",
  ]);
  const home = /^NFSHomeDirectory:\s*(.+)$/m.exec(mac.stdout)?.[1];
  const uid = /^UniqueID:\s*(\d+)$/m.exec(mac.stdout)?.[1];
  return home === undefined || uid === undefined ? undefined : { home, uid: Number(uid) };
}

export type AccountTool = "useradd" | "adduser";

/** Makes the service's own account without a password or a shell. */
export function accountSteps(tool: AccountTool): Step[] {
  const { name, home } = ownAccount;
  const what = `make the account "${name}"`;
  if (tool === "useradd") {
    const shell = ["--shell", "/usr/sbin/nologin", "--comment", "Clawdbot node host"];
    const argv = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", home];
    return [command([...argv, ...shell, name], what, { undo: ["userdel", name] })];
  }
  const argv = ["adduser", "-S", "-D", "-H", "-h", home, "-s", "/sbin/nologin", "-G", name, name];
  return [
    command(["addgroup", "-S", name], what, { undo: ["delgroup", name], accepts: [1] }),
    command(argv, what, { undo: ["deluser", name] }),
  ];
}
