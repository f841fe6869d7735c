#!/bin/sh
### BEGIN INIT INFO
# Provides:          clawdbot-node
# Required-Start:    $network $remote_fs
# Required-Stop:     $network $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Clawdbot Node Host
### END INIT INFO

script='/usr/local/etc/rc.d/clawdbot-node.sh'
quoted=''\''/usr/local/etc/rc.d/clawdbot-node.sh'\'''
program='/opt/my %h $tools [*]/clawdbot'
pid_file='/var/lib/clawdbot/.clawdbot/service.pid'
log='/var/lib/clawdbot/.clawdbot/logs/node.err.log'
owner=
patience=45

# The account can write the file with the numbers: only its own processes are signalled.
ours() {
  case $1 in "" | *[!0-9]*) return 1 ;; esac
  set -- $(ls -ldn "/proc/$1" 2>/dev/null)
  [ "$3" = "$(id -u $owner)" ]
}

running() {
  pid= child=
  [ -f "$pid_file" ] && read -r pid child <"$pid_file"
  ours "$pid" && grep -q supervise "/proc/$pid/cmdline" 2>/dev/null
}

# A supervisor that was killed leaves its host behind, which keeps the state directory.
left_alone() {
  ours "$child" && grep -qF -- "$program" "/proc/$child/cmdline" 2>/dev/null
}

# Starts the host again until it says that this cannot help, or until it is told to stop.
supervise() {
  exec </dev/null >>"$log" 2>&1
  export HOME='/home/al%ice "the" $first it'\''s'
  export PATH='/opt/a b/bin:/opt/"q"/bin:/opt/$x/bin:/opt/%h/bin:/opt/back\slash/bin'
  export CREDENTIALS_DIRECTORY='/home/al%ice/.clawdbot/service'
  cd '/home/al%ice "the" $first it'\''s' || exit 1
  stopping=
  child=
  trap 'stopping=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM INT
  while [ -z "$stopping" ]; do
    '/opt/my %h $tools [*]/clawdbot' 'node' 'run' '--display-name' '%h %% %n' '$HOME ${HOME} $$ $' 'it'\''s "quoted" \"twice\"' 'back\slash\\ at the end\' 'two
lines	and a tab' '  blanks   in  between ' '' '-leading-dash' '--flag=value with blank' ';' '\;' 'a;b & c | d > e < f `g` $(h)' '*?[a-z] ~ ! # comment' 'ünïcödé 文字 🦞' ']]> <!-- &amp; <tag attribute='\''x'\''>' '%PATH% ^caret !bang!' &
    child=$!
    echo "$$ $child" >"$pid_file"
    wait "$child"
    code=$?
    # A signal ends the first wait early; the host is still finishing its commands then.
    while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
    child=
    case $code in 0 | 2 | 3 | 14) break ;; esac
    [ -n "$stopping" ] && break
    sleep 5 &
    child=$!
    wait "$child"
    child=
  done
  rm -f "$pid_file"
}

start() {
  if running; then return 0; fi
  stop
  env -i PATH="$PATH" "$script" supervise </dev/null >/dev/null 2>&1 &
}

stop() {
  if ! running; then
    left_alone || return 0
    pid=$child
  fi
  kill -TERM "$pid"
  while [ "$patience" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
    sleep 1
    patience=$((patience - 1))
  done
  if kill -0 "$pid" 2>/dev/null; then
    kill -KILL "$pid"
    ours "$child" && kill -KILL "$child"
  fi
  rm -f "$pid_file"
}

case $1 in
  start) start ;;
  stop) stop ;;
  restart | reload | force-reload) stop && start ;;
  status)
    if running; then echo "running (pid $pid)"; else echo stopped; exit 3; fi
    ;;
  supervise) supervise ;;
  *) echo "Usage: $0 start|stop|restart|status" >&2; exit 2 ;;
esac
