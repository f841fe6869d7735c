/**
 * A start script for machines that only run scripts at boot: SysV init, and `rc.d` of a Synology
 * NAS. It looks after the host itself, because nothing else there does.
 */
import { exitCode } from "../../lib/exit-code.ts";
import type { ServiceSpec } from "../service-spec.ts";
import { shellWord } from "./escape.ts";
import { exportLines } from "./shell-environment.ts";

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
  const start =
    account === undefined || account === "root"
      ? '"$script" supervise'
      : `su -s /bin/sh ${shellWord(account)} -c "exec $quoted supervise"`;
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
    `pid_file=${shellWord(facts.pidFile)}`,
    `log=${shellWord(facts.crashLog)}`,
    `patience=${spec.drainSeconds + graceSeconds}`,
    "",
    "running() {",
    '  pid=$(cat "$pid_file" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null &&',
    '    grep -q supervise "/proc/$pid/cmdline" 2>/dev/null',
    "}",
    "",
    "# Starts the host again until it says that this cannot help, or until it is told to stop.",
    "supervise() {",
    ...exportLines(spec).map((line) => `  ${line}`),
    `  cd ${shellWord(spec.workingDirectory)} || exit 1`,
    '  echo $$ >"$pid_file"',
    "  stopping=",
    "  child=",
    `  trap 'stopping=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM INT`,
    '  while [ -z "$stopping" ]; do',
    `    ${words} &`,
    "    child=$!",
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
    `  ${start} </dev/null >>"$log" 2>&1 &`,
    "}",
    "",
    "stop() {",
    "  running || return 0",
    '  kill -TERM "$pid"',
    '  while [ "$patience" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do',
    "    sleep 1",
    "    patience=$((patience - 1))",
    "  done",
    '  kill -0 "$pid" 2>/dev/null || return 0',
    '  kill -KILL "-$pid" "$pid" 2>/dev/null',
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
