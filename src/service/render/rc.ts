/**
 * A start script for machines that only run scripts at boot: SysV init, and `rc.d` of a Synology
 * NAS. It looks after the host itself, because nothing else there does.
 */
import { exitCode } from "../../lib/exit-code.ts";
import type { ServiceSpec } from "../service-spec.ts";
import { shellWord } from "./escape.ts";
import { serviceVariables } from "./service-variables.ts";

export interface RcFacts {
  /** Path of the script itself: it starts itself again as the service's account. */
  readonly script: string;
  readonly pidFile: string;
  readonly crashLog: string;
}

const hopeless = [exitCode.ok, exitCode.usage, exitCode.config, exitCode.alreadyRunning];

/** Seconds between the end of the drain and the moment when everything is ended. */
const graceSeconds = 15;

export function rcScript(spec: ServiceSpec, facts: RcFacts): string {
  const words = spec.argv.map(shellWord).join(" ");
  const account = spec.account?.name;
  // As at boot: whoever starts it may have a token, or another gateway, in their environment.
  const bare = 'env -i PATH="$PATH"';
  const start =
    account === undefined || account === "root"
      ? `${bare} "$script" supervise`
      : `${bare} su -s /bin/sh ${shellWord(account)} -c "exec $quoted supervise"`;
  return [
    "#!/bin/sh",
    "### BEGIN INIT INFO",
    `# Provides:          ${spec.names.unit}`,
    "# Required-Start:    $network $remote_fs",
    "# Required-Stop:     $network $remote_fs",
    "# Default-Start:     2 3 4 5",
    "# Default-Stop:      0 1 6",
    `# Short-Description: ${spec.description}`,
    "### END INIT INFO",
    "",
    `script=${shellWord(facts.script)}`,
    `quoted=${shellWord(shellWord(facts.script))}`,
    `program=${shellWord(spec.argv[0] ?? "")}`,
    `pid_file=${shellWord(facts.pidFile)}`,
    `log=${shellWord(facts.crashLog)}`,
    `owner=${account === undefined ? "" : shellWord(account)}`,
    `patience=${spec.drainSeconds + graceSeconds}`,
    "",
    "# The account can write the file with the numbers: only its own processes are signalled.",
    "ours() {",
    '  case $1 in "" | *[!0-9]*) return 1 ;; esac',
    '  set -- $(ls -ldn "/proc/$1" 2>/dev/null)',
    '  [ "$3" = "$(id -u $owner)" ]',
    "}",
    "",
    "running() {",
    "  pid= child=",
    '  [ -f "$pid_file" ] && read -r pid child <"$pid_file"',
    '  ours "$pid" && grep -q supervise "/proc/$pid/cmdline" 2>/dev/null',
    "}",
    "",
    "# A supervisor that was killed leaves its host behind, which keeps the state directory.",
    "left_alone() {",
    '  ours "$child" && grep -qF -- "$program" "/proc/$child/cmdline" 2>/dev/null',
    "}",
    "",
    "# Starts the host again until it says that this cannot help, or until it is told to stop.",
    "supervise() {",
    // Opened by the account itself: what it may not write root must not write for it.
    '  exec </dev/null >>"$log" 2>&1',
    ...Object.entries(serviceVariables(spec)).map(
      ([name, value]) => `  export ${name}=${shellWord(value)}`,
    ),
    `  cd ${shellWord(spec.workingDirectory)} || exit 1`,
    "  stopping=",
    "  child=",
    `  trap 'stopping=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM INT`,
    '  while [ -z "$stopping" ]; do',
    `    ${words} &`,
    "    child=$!",
    '    echo "$$ $child" >"$pid_file"',
    '    wait "$child"',
    "    code=$?",
    "    # A signal ends the first wait early; the host is still finishing its commands then.",
    '    while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done',
    "    child=",
    `    case $code in ${hopeless.join(" | ")}) break ;; esac`,
    '    [ -n "$stopping" ] && break',
    "    sleep 5 &",
    "    child=$!",
    '    wait "$child"',
    "    child=",
    "  done",
    '  rm -f "$pid_file"',
    "}",
    "",
    "start() {",
    "  if running; then return 0; fi",
    "  stop",
    `  ${start} </dev/null >/dev/null 2>&1 &`,
    "}",
    "",
    "stop() {",
    "  if ! running; then",
    "    left_alone || return 0",
    "    pid=$child",
    "  fi",
    '  kill -TERM "$pid"',
    '  while [ "$patience" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do',
    "    sleep 1",
    "    patience=$((patience - 1))",
    "  done",
    '  if kill -0 "$pid" 2>/dev/null; then',
    '    kill -KILL "$pid"',
    '    ours "$child" && kill -KILL "$child"',
    "  fi",
    '  rm -f "$pid_file"',
    "}",
    "",
    "case $1 in",
    "  start) start ;;",
    "  stop) stop ;;",
    "  restart | reload | force-reload) stop && start ;;",
    "  status)",
    '    if running; then echo "running (pid $pid)"; else echo stopped; exit 3; fi',
    "    ;;",
    "  supervise) supervise ;;",
    '  *) echo "Usage: $0 start|stop|restart|status" >&2; exit 2 ;;',
    "esac",
    "",
  ].join("\n");
}
