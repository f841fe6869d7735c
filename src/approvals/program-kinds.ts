/**
 * Programs whose arguments name another program. An allowlist entry for one of them would allow
 * everything, so such an entry never matches; what they start has to be allowed itself.
 */

const shells = [
  "sh",
  "bash",
  "dash",
  "ash",
  "ksh",
  "mksh",
  "pdksh",
  "zsh",
  "fish",
  "csh",
  "tcsh",
  "yash",
  "rbash",
  "elvish",
  "nu",
  "xonsh",
  "cmd",
  "powershell",
  "pwsh",
];

const dispatchers = [
  "env",
  "nice",
  "nohup",
  "timeout",
  "stdbuf",
  "setsid",
  "ionice",
  "taskset",
  "chrt",
  "chroot",
  "unshare",
  "nsenter",
  "setpriv",
  "runuser",
  "su",
  "sudo",
  "doas",
  "pkexec",
  "run0",
  "xargs",
  "parallel",
  "watch",
  "flock",
  "time",
  "strace",
  "ltrace",
  "gdb",
  "script",
  "expect",
  "unbuffer",
  "busybox",
  "toybox",
  "systemd-run",
  "dbus-run-session",
  "firejail",
  "bwrap",
  "proot",
  "fakeroot",
  "catchsegv",
  "ld.so",
  "ld-linux-x86-64.so.2",
  "ld-linux-aarch64.so.1",
  "prlimit",
  "cgexec",
  "numactl",
  "start-stop-daemon",
  "at",
  "batch",
  "screen",
  "tmux",
  "sshpass",
  "caffeinate",
  "arch",
  "wsl",
  "rundll32",
  "mshta",
  "cscript",
  "wscript",
];

const shellNames = new Set(shells);
const dispatcherNames = new Set(dispatchers);

export type ProgramKind = "plain" | "shell" | "dispatcher";

/** Judges a program by the name it is called by and by the name of the file behind it. */
export function kindOf(paths: readonly string[]): ProgramKind {
  // Windows hands batch files to cmd.exe, which reads their arguments as shell text.
  if (paths.some((path) => /\.(bat|cmd)$/i.test(path))) return "shell";
  const names = paths.map(programName).flatMap((name) => [name, withoutVersion(name)]);
  if (names.some((name) => shellNames.has(name))) return "shell";
  return names.some((name) => dispatcherNames.has(name)) ? "dispatcher" : "plain";
}

/** `bash-5.2`, `ksh93` and `zsh-static` are what their first letters say. */
function withoutVersion(name: string): string {
  return name.replace(/-static$/, "").replace(/-?\d+(\.\d+)*$/, "");
}

function programName(path: string): string {
  const base = path
    .slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)
    .toLowerCase();
  return base.replace(/\.(exe|com)$/, "");
}
