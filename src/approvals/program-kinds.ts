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
  "lksh",
  "oksh",
  "loksh",
  "posh",
  "rksh",
  "rzsh",
  "sash",
  "osh",
  "ysh",
  "murex",
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
  "coreutils",
  "systemd-run",
  "systemd-cat",
  "systemd-inhibit",
  "perf",
  "run-parts",
  "sg",
  "newgrp",
  "logsave",
  "aa-exec",
  "openvt",
  "chronic",
  "rlwrap",
  "hyperfine",
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
  "setarch",
  "linux32",
  "linux64",
  "i386",
  "x86_64",
  "uname26",
  "choom",
  "pipesz",
  "uclampset",
  "runcon",
  "capsh",
  "chpst",
  "gosu",
  "su-exec",
  "tini",
  "dumb-init",
  "eatmydata",
  "faketime",
  "torsocks",
  "proxychains",
  "proxychains4",
  "xvfb-run",
  "ssh-agent",
  "dbus-launch",
  "entr",
  "valgrind",
  "command",
  "wsl",
  "rundll32",
  "mshta",
  "cscript",
  "wscript",
  "regsvr32",
  "forfiles",
  "pcalua",
  "runas",
  "wmic",
];

const shellNames = new Set(shells);
const dispatcherNames = new Set(dispatchers);

export type ProgramKind = "plain" | "shell" | "dispatcher";

/** Programs that behave as the name says by which they are called. */
const multiCallNames = new Set(["busybox", "toybox", "coreutils"]);

/** One file behind many names: only the name says what would run. */
export function isMultiCall(path: string): boolean {
  return multiCallNames.has(programName(path));
}

/** Programs that run the text that their arguments give them. */
const interpreters =
  /^(npx|bunx|uvx|pipx|python|pypy|node|nodejs|bun|deno|tsx|perl|ruby|irb|php|lua|luajit|tclsh|wish|expect|osascript|rscript|r|julia|java|jshell|groovy|scala|kotlin|ghci|runghc|erl|elixir|iex|guile|racket|sbcl|clisp|gawk|mawk|awk|sed|make|gmake|vim|vi|nvim|ex|emacs|gdb|sqlite3|psql|mysql|ssh)[0-9.]*([-.].*)?$/;

export function isInterpreter(path: string): boolean {
  return interpreters.test(programName(path));
}

/** The dynamic loader starts the program that its first argument names. */
const loader = /^ld(-linux|-musl|\.so|-[0-9])/;

/** Judges a program by the names it is called by and by the name of the file behind them. */
export function kindOf(called: readonly string[], realPath: string): ProgramKind {
  const named = called.length > 0;
  const applet = named && isMultiCall(realPath) && called.every((path) => !isMultiCall(path));
  const paths = applet ? called : [...called, realPath];
  // Windows hands batch files to cmd.exe, which reads their arguments as shell text.
  if (paths.some((path) => /\.(bat|cmd)[. ]*$/i.test(path))) return "shell";
  const names = paths.map(programName);
  if (names.some((name) => shellNames.has(withoutVersion(name)))) return "shell";
  const dispatches = names.some((name) => dispatcherNames.has(name) || loader.test(name));
  return dispatches ? "dispatcher" : "plain";
}

/** The name alone, as a file system that ignores case, and Windows, read it. */
export function programName(path: string): string {
  const base = path
    .slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)
    .toLowerCase()
    .replace(/[. ]+$/, "");
  return base.replace(/\.(exe|com)$/, "");
}

/** `bash-5.2`, `ksh93` and `bash-static` are shells too. */
function withoutVersion(name: string): string {
  return name.replace(/-static$/, "").replace(/-?\d[\d.]*$/, "");
}
