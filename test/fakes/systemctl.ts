// A systemctl that keeps its state in a directory beside it.

/** Answers as systemd 252 does, as far as we ask. */
export const systemctl = `#!/bin/sh
state=\${0%/*}/state
mkdir -p "$state"
echo "$*" >>"$state/calls"
[ "$1" = --user ] && shift
case $1 in
  --version) echo "systemd 252 (252.1)" ;;
  show)
    if [ "$2" = --property=Version ]; then echo Version=252; exit; fi
    [ -f "$state/enabled" ] && echo UnitFileState=enabled || echo UnitFileState=disabled
    if [ -f "$state/running" ]; then
      printf 'ActiveState=active\\nSubState=running\\nMainPID=4242\\nLoadState=loaded\\n'
    elif [ -f "$state/broken" ]; then
      printf 'ActiveState=failed\\nSubState=failed\\nMainPID=0\\nExecMainCode=1\\nExecMainStatus=3\\n'
    else printf 'ActiveState=inactive\\nSubState=dead\\nMainPID=0\\nLoadState=not-found\\n'
    fi ;;
  enable) touch "$state/enabled" ;;
  disable) rm -f "$state/enabled" "$state/running" ;;
  start | restart) [ -f "$state/broken" ] || touch "$state/running" ;;
  stop) rm -f "$state/running" ;;
esac
`;
