/** A user of this machine, as /etc/passwd has it. */
export interface UserAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** The account with a name or a number; undefined when the text has none. */
export function accountIn(passwd: string, wanted: string | number): UserAccount | undefined {
  for (const line of passwd.split("\n")) {
    const [name = "", , uid = "", gid = "", , home = "", shell = ""] = line.split(":");
    if (name === "" || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) continue;
    if (name !== wanted && Number(uid) !== wanted) continue;
    return {
      name,
      uid: Number(uid),
      gid: Number(gid),
      home: home || "/",
      shell: shell || "/bin/sh",
    };
  }
  return undefined;
}
