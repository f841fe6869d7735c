/**
 * A small shell process that outlives this one: it holds the end of a pipe, and when the pipe
 * closes because this process is gone, it ends the commands that were still running.
 */
import type { Guardian } from "./ports.ts";
import { startTimeOf, treeVariable } from "./process-tree.ts";
import { runCgroupPrefix } from "./run-cgroup.ts";

/**
 * Reads "+ ID PID START" and "- ID". `tail` keeps the newest lines in bounded memory and wakes
 * nobody before the end. A leader that was started at another time is a stranger with an old number,
 * and so may be the group of one that is gone: there only what carries the run's mark is ended. The
 * group of number 1 would be everybody.
 */
const script = `
trap '' TERM INT HUP
tail -n 4096 | {
  live=' '
  while read -r sign id pid start; do
    case "$sign$live" in
      +*" $id/"*) ;;
      +*) live="$live$id/$pid/$start " ;;
      -*" $id/"*) rest=\${live#*" $id/"}; live="\${live%%" $id/"*} \${rest#* }" ;;
    esac
  done
  facts() { set -- $2 $(read -r line < "/proc/$1/stat" && echo "\${line##*) }"); shift "$1"; echo "$1"; }
  ours=' '
  end_all() {
    left=
    for entry in $live; do
      id=\${entry%%/*}; pid=\${entry#*/}; start=\${pid#*/}; pid=\${pid%%/*}
      [ "$pid" -gt 1 ] || continue
      if [ "$(facts "$pid" 20)" = "$start" ] || [ ! -d /proc/self ]; then
        ours="$ours$pid "
      fi
      group=
      case "$ours" in *" $pid "*) group=$pid; kill -s "$1" -- "-$pid" && left=1 ;; esac
      for file in $(grep -lF "${treeVariable}=$id" /proc/[0-9]*/environ); do
        member=\${file#/proc/}; member=\${member%/environ}
        [ "$(facts "$member" 3)" = "$group" ] || { kill -s "$1" "$member" && left=1; }
      done
    done
  }
  [ "$live" = ' ' ] && exit
  end_all TERM
  for second in 1 2; do
    [ -z "$left" ] && break
    sleep 1
    end_all 0
  done
  end_all KILL
  [ -n "$CGROUPS" ] && for entry in $live; do
    group=$CGROUPS\${entry%%/*}
    echo 1 > "$group/cgroup.kill"
    sleep 0.1
    rmdir "$group"
  done
} 2>/dev/null
`;

/** One that dies again and again, sooner than this, cannot do its work here. */
const mostStarts = 5;
const soundAfterMs = 60_000;

/** After so many lines the newest 4096 no longer hold every command: all are told again. */
const linesPerTelling = 2000;

/**
 * Most commands are over sooner: they cost the guardian nothing. A host that is killed within so
 * many milliseconds of a command's start leaves that command alone. A host with more to do than
 * `fewCommands` has no time for a telling every few milliseconds.
 */
const tellAfterMs = 3;
const tellManyAfterMs = 50;
const fewCommands = 8;

interface Watched {
  readonly pid: number;
  /** When it began, on the clock that never jumps back. */
  readonly since: number;
  /** The line that the guardian has got; undefined: it does not know of this one yet. */
  told: string | undefined;
}

export function startGuardian(warn: (message: string) => void): Guardian {
  const live = new Map<string, Watched>();
  const over: string[] = [];
  let pipe: Bun.FileSink | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let starts = 0;
  let lines = 0;

  const start = (): Bun.FileSink | undefined => {
    starts += 1;
    if (starts === mostStarts) {
      warn(
        "commands would outlive this host if it were killed: their guardian does not stay alive",
      );
    }
    try {
      const child = Bun.spawn(["/bin/sh", "-c", script], {
        cwd: "/",
        env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", CGROUPS: runCgroupPrefix() ?? "" },
        stdin: "pipe",
        stdout: "ignore",
        stderr: "ignore",
        detached: true,
      });
      child.unref();
      const startedAt = performance.now();
      void child.exited.then(() => {
        pipe = undefined;
        if (performance.now() - startedAt > soundAfterMs) starts = 0;
        for (const watched of live.values()) watched.told = undefined;
      });
      return child.stdin;
    } catch {
      // Too many processes, for now: the next command tries again.
      return undefined;
    }
  };
  const tell = (): void => {
    timer = undefined;
    const before = performance.now() - tellAfterMs + 1;
    const young = [...live.values()].some(({ since }) => since > before);
    // Each gets its time to be over before it is told.
    if (young) soon();
    if (pipe === undefined) {
      over.length = 0;
      const due = [...live.values()].some(({ since }) => since <= before);
      if (!due || starts >= mostStarts) return;
      pipe = start();
      if (pipe === undefined) return;
    }
    const again = lines >= linesPerTelling;
    if (again) lines = 0;
    const text = over.splice(0);
    for (const [treeId, watched] of live) {
      if (watched.told === undefined ? watched.since > before : !again) continue;
      watched.told ??= `+ ${treeId} ${watched.pid} ${startTimeOf(watched.pid) ?? 0}\n`;
      text.push(watched.told);
    }
    if (text.length === 0) return;
    lines += text.length;
    // One that has just ended is noticed on its own.
    void send(pipe, text.join("")).catch(() => {});
  };
  const soon = (): void =>
    void (timer ??= setTimeout(tell, live.size > fewCommands ? tellManyAfterMs : tellAfterMs));
  return {
    watch({ pid, treeId }) {
      const watched: Watched = { pid, since: performance.now(), told: undefined };
      live.set(treeId, watched);
      soon();
      return () => {
        live.delete(treeId);
        if (watched.told === undefined) return;
        over.push(`- ${treeId}\n`);
        soon();
      };
    },
  };
}

async function send(pipe: Bun.FileSink, text: string): Promise<void> {
  await pipe.write(text);
  await pipe.flush();
}
