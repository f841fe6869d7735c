#!/bin/sh
# Installs clawdbot, one executable: curl -fsSL URL/install.sh | sh
#
# Nothing happens before the last line is read: a download that is cut off runs nothing.
# Needs a POSIX shell, curl or wget, gzip and a SHA-256 tool. `--help` lists the options.
# shellcheck disable=SC3043 # `local` is no POSIX, but all shells named in the tests have it

# zsh by its own rules splits no words, and a pattern without a match is an error.
if [ -n "${ZSH_VERSION:-}" ]; then emulate sh; fi
set -eu

main() {
  # Stamped by `build.ts --release --base-url URL`.
  DEFAULT_BASE_URL=''
  NAME=clawdbot
  BEGIN_MARK='# >>> clawdbot PATH >>>'
  END_MARK='# <<< clawdbot PATH <<<'
  STAGE=''

  base_url=${CLAWDBOT_INSTALL_BASE_URL:-$DEFAULT_BASE_URL}
  bin_dir=${CLAWDBOT_INSTALL_BIN_DIR:-}
  version=''
  target=''
  sha256=''
  modify_path=yes
  check_sum=yes
  dry_run=no
  uninstall=no
  purge=no
  service=no

  set_colours
  while [ $# -gt 0 ]; do
    case $1 in
      --base-url)
        base_url=$(value "$@") || exit 2
        shift
        ;;
      --base-url=*) base_url=${1#*=} ;;
      --bin-dir)
        bin_dir=$(value "$@") || exit 2
        shift
        ;;
      --bin-dir=*) bin_dir=${1#*=} ;;
      --version)
        version=$(value "$@") || exit 2
        shift
        ;;
      --version=*) version=${1#*=} ;;
      --target)
        target=$(value "$@") || exit 2
        shift
        ;;
      --target=*) target=${1#*=} ;;
      --sha256)
        sha256=$(value "$@") || exit 2
        shift
        ;;
      --sha256=*) sha256=${1#*=} ;;
      --no-modify-path) modify_path=no ;;
      --insecure-skip-checksum) check_sum=no ;;
      --dry-run) dry_run=yes ;;
      --uninstall) uninstall=yes ;;
      --purge) purge=yes ;;
      --service) service=yes ;;
      --)
        shift
        break
        ;;
      -h | --help)
        usage
        return 0
        ;;
      *) fail_usage "unknown option \"$1\"" ;;
    esac
    shift
  done
  # What is left belongs to `clawdbot node install`.
  if [ $# -gt 0 ] && [ "$service" = no ]; then
    fail_usage "\"$1\" stands behind --, which only --service takes"
  fi
  if [ "$purge" = yes ] && [ "$uninstall" = no ]; then
    fail_usage '--purge goes with --uninstall'
  fi

  find_home
  find_bin_dir
  if [ "$uninstall" = yes ]; then
    remove_all
    return 0
  fi

  if [ -z "$base_url" ]; then
    fail "no release address is known" \
      "give the directory of a release: --base-url https://HOST/PATH, or a folder: --base-url /mnt/release"
  fi
  case $base_url in
    https://* | file://* | /*) ;;
    http://127.0.0.1[:/]* | http://localhost[:/]* | "http://[::1]"[:/]*) ;;
    http://*)
      # The checksum comes over the same line: without --sha256 nothing would vouch for it.
      if [ -z "$sha256" ]; then
        fail "\"$base_url\" is not encrypted" \
          "use https://, or give the checksum of the file yourself: --sha256 HEX"
      fi
      ;;
    *) fail "\"$base_url\" is no address of a release" "https://…, file:///… or an absolute path is wanted" ;;
  esac
  base_url=${base_url%/}
  if [ -n "$version" ]; then base_url="$base_url/v${version#v}"; fi

  need gzip
  need mktemp
  need uname
  if [ -z "$target" ]; then find_target; fi
  case $target in
    *[!a-z0-9-]* | '') fail_usage "\"$target\" is no name of a target" ;;
  esac
  asset="$NAME-$target.gz"

  if [ "$dry_run" = yes ]; then
    say "would fetch    $base_url/$asset"
    say "would check    it against $base_url/SHA256SUMS${sha256:+ and $sha256}"
    say "would install  $bin_dir/$NAME"
    if path_has "$bin_dir"; then
      say "would leave    PATH as it is: $bin_dir is on it"
    elif [ "$modify_path" = yes ]; then
      say "would add      $bin_dir to PATH in: $(rc_files | tr '\n' ' ')"
    fi
    if [ "$service" = yes ]; then say "would run      $bin_dir/$NAME node install $*"; fi
    return 0
  fi

  stage_binary
  install_binary
  if [ "$modify_path" = yes ]; then add_to_path; fi
  report_path
  if [ "$service" = yes ]; then
    info 'Installing the service'
    "$bin_dir/$NAME" node install "$@" >&2
  fi
}

usage() {
  cat >&2 <<'USAGE'
Installs clawdbot, one executable, for the current user.

Usage: install.sh [OPTIONS] [--service -- NODE_INSTALL_FLAGS...]

  --bin-dir DIR             where to put it (default: ~/.local/bin, as root /usr/local/bin)
  --base-url URL            directory of a release: https://…, file:///…, or a folder
  --version X.Y.Z           that release, below URL/vX.Y.Z, instead of the newest
  --target NAME             e.g. linux-x64-musl, instead of what is found out
  --sha256 HEX              the checksum that the compressed file must have
  --insecure-skip-checksum  do not check what was fetched
  --no-modify-path          leave shell start-up files alone
  --service -- FLAGS...     then run: clawdbot node install FLAGS...
  --dry-run                 say what would be done, and change nothing
  --uninstall [--purge]     remove service, executable and PATH lines; with --purge also ~/.clawdbot
  --help

Environment: CLAWDBOT_INSTALL_BASE_URL, CLAWDBOT_INSTALL_BIN_DIR, NO_COLOR
USAGE
}

# --- Messages -------------------------------------------------------------------------------------

set_colours() {
  red='' green='' plain=''
  if [ -t 2 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    red=$(printf '\033[31m') green=$(printf '\033[32m') plain=$(printf '\033[0m')
  fi
}

say() { printf '%s\n' "$1" >&2; }
info() { printf '%s\n' "${green}$1${plain}" >&2; }
warn() { printf '%s\n' "${red}warning:${plain} $1" >&2; }

# fail PROBLEM [HINT]
fail() {
  printf '%s\n' "${red}Cannot install clawdbot:${plain} $1" >&2
  if [ $# -gt 1 ]; then printf '  %s\n' "$2" >&2; fi
  exit 1
}

fail_usage() {
  printf '%s\n' "${red}Cannot install clawdbot:${plain} $1" >&2
  printf '  %s\n' 'see install.sh --help' >&2
  exit 2
}

value() {
  if [ $# -lt 2 ] || [ -z "$2" ]; then fail_usage "$1 wants a value"; fi
  printf '%s' "$2"
}

has() { command -v "$1" >/dev/null 2>&1; }

need() {
  if ! has "$1"; then fail "the command \"$1\" is not here" "install it with your package manager"; fi
}

# --- What this machine is -------------------------------------------------------------------------

find_home() {
  if [ -z "${HOME:-}" ]; then
    HOME=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6) || HOME=''
    if [ -z "$HOME" ]; then HOME=$(eval echo "~$(id -un)" 2>/dev/null) || HOME=''; fi
    case $HOME in
      /*) export HOME ;;
      *) fail "the home directory is not known" "set HOME, or give --bin-dir DIR" ;;
    esac
  fi
}

find_bin_dir() {
  if [ -z "$bin_dir" ]; then
    if [ "$(id -u)" = 0 ]; then bin_dir=/usr/local/bin; else bin_dir=$HOME/.local/bin; fi
  fi
  case $bin_dir in
    /*) ;;
    *) bin_dir=$(pwd)/$bin_dir ;;
  esac
  bin_dir=${bin_dir%/}
}

find_target() {
  local os arch
  os=$(uname -s)
  arch=$(uname -m)
  case $os in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    MINGW* | MSYS* | CYGWIN* | Windows_NT)
      fail "this is Windows" "put clawdbot-windows-x64.exe of the release where you want it: it is the whole program"
      ;;
    *) fail "there is no build for $os" "Linux, macOS and Windows are supported" ;;
  esac
  case $arch in
    x86_64 | x86-64 | x64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "there is no build for $arch" "x86-64 and 64-bit ARM are supported" ;;
  esac
  if [ "$os" = darwin ]; then
    # Under Rosetta a shell says x86_64 on an ARM machine.
    if [ "$arch" = x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then arch=arm64; fi
    target=$os-$arch
    return 0
  fi
  refuse_32_bit
  target=$os-$arch
  if [ "$arch" = x64 ] && ! grep -q avx2 /proc/cpuinfo 2>/dev/null; then target=$target-baseline; fi
  if is_musl; then target=$target-musl; else check_glibc; fi
}

# A 64-bit kernel may carry a 32-bit system: the fifth byte of an executable tells.
refuse_32_bit() {
  local class
  class=$(dd if=/proc/self/exe bs=1 skip=4 count=1 2>/dev/null | od -An -tu1 2>/dev/null | tr -d ' \n') || class=''
  if [ "$class" = 1 ]; then
    fail "this system is 32-bit, although its processor is not" "a 64-bit system is needed"
  fi
}

is_musl() {
  if has ldd && ldd --version 2>&1 | grep -qi musl; then return 0; fi
  for loader in /lib/ld-musl-*.so.1; do
    # Both may be installed: then glibc's own word counts.
    if [ -e "$loader" ] && ! { has getconf && getconf GNU_LIBC_VERSION >/dev/null 2>&1; }; then return 0; fi
  done
  return 1
}

check_glibc() {
  local found major minor
  found=$(getconf GNU_LIBC_VERSION 2>/dev/null) || return 0
  found=${found##* }
  major=${found%%.*}
  minor=${found#*.}
  minor=${minor%%.*}
  case $major$minor in *[!0-9]* | '') return 0 ;; esac
  if [ "$major" -lt 2 ] || { [ "$major" = 2 ] && [ "$minor" -lt 17 ]; }; then
    fail "this system has glibc $found, 2.17 or later is wanted" "give --target linux-x64-musl if musl is installed too"
  fi
}

# --- Fetching -------------------------------------------------------------------------------------

# fetch URL FILE
fetch() {
  case $1 in
    file://*)
      cp "${1#file://}" "$2" 2>/dev/null
      return
      ;;
    /*)
      cp "$1" "$2" 2>/dev/null
      return
      ;;
  esac
  local secure
  if has curl && ! is_snap_curl; then
    case $1 in
      https:*) secure='--proto =https --tlsv1.2' ;;
      *) secure='--proto =http,https' ;;
    esac
    # shellcheck disable=SC2086 # several words
    curl $secure --fail --silent --show-error --location --retry 3 --output "$2" "$1"
  elif has wget; then
    # BusyBox knows few options and follows redirections by itself.
    wget -q -O "$2" "$1"
  elif has busybox && busybox wget --help >/dev/null 2>&1; then
    busybox wget -q -O "$2" "$1"
  else
    fail "neither curl nor wget is here" "install one of them, or fetch the release elsewhere and give --base-url /its/folder"
  fi
}

# The snap package may not write outside of its own directories.
is_snap_curl() {
  case $(command -v curl) in
    /snap/* | */snap/bin/*) return 0 ;;
    *) return 1 ;;
  esac
}

sum_of() {
  if has sha256sum; then
    sha256sum "$1" | cut -d' ' -f1
  elif has shasum; then
    shasum -a 256 "$1" | cut -d' ' -f1
  elif has openssl; then
    openssl dgst -sha256 "$1" | sed 's/^.*= *//'
  elif has busybox && busybox sha256sum "$1" >/dev/null 2>&1; then
    busybox sha256sum "$1" | cut -d' ' -f1
  else
    return 1
  fi
}

# The line of SHA256SUMS for exactly this file.
listed_sum() {
  sed -n "s/^\([0-9a-fA-F]\{64\}\) [ *]\(.*\)\$/\1 \2/p" "$1" | while read -r sum name; do
    if [ "$name" = "$2" ]; then
      printf '%s' "$sum"
      break
    fi
  done
}

lower() { printf '%s' "$1" | tr 'A-F' 'a-f'; }

check_download() {
  local file wanted found
  file=$1
  if [ "$check_sum" = no ]; then
    warn 'the checksum was not checked'
    return 0
  fi
  found=$(sum_of "$file") || fail "there is no tool for SHA-256 here" \
    "install coreutils, perl or openssl; --insecure-skip-checksum goes on without"
  if ! fetch "$base_url/SHA256SUMS" "$STAGE/SHA256SUMS"; then
    if [ -z "$sha256" ]; then fail "$base_url/SHA256SUMS cannot be fetched" "check the address, or give --sha256 HEX"; fi
    wanted=$(lower "$sha256")
  else
    wanted=$(lower "$(listed_sum "$STAGE/SHA256SUMS" "$asset")")
    if [ -z "$wanted" ]; then fail "SHA256SUMS of this release does not name $asset" "is there a build for $target?"; fi
    if [ -n "$sha256" ] && [ "$wanted" != "$(lower "$sha256")" ]; then
      fail "the release lists $wanted for $asset, --sha256 says $(lower "$sha256")"
    fi
  fi
  if [ "$(lower "$found")" != "$wanted" ]; then
    fail "$asset has the checksum $found, $wanted is wanted" "it was cut off or changed on the way: try again"
  fi
}

# --- Installing -----------------------------------------------------------------------------------

clean_up() {
  if [ -n "$STAGE" ]; then rm -rf "$STAGE"; fi
  STAGE=''
}

stage_binary() {
  local made_dir=no
  if ! [ -d "$bin_dir" ]; then
    mkdir -p "$bin_dir" 2>/dev/null || fail "\"$bin_dir\" cannot be made" "give another: --bin-dir DIR"
    made_dir=yes
  fi
  if [ -d "$bin_dir/$NAME" ]; then fail "\"$bin_dir/$NAME\" is a directory" "give another: --bin-dir DIR"; fi
  # In the same directory: only there the last step is one rename.
  STAGE=$(mktemp -d "$bin_dir/.$NAME.XXXXXX" 2>/dev/null) || {
    if [ "$made_dir" = yes ]; then rmdir "$bin_dir" 2>/dev/null || :; fi
    fail "\"$bin_dir\" cannot be written" "give another: --bin-dir DIR, or run this as its owner"
  }
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  info "Fetching $base_url/$asset"
  fetch "$base_url/$asset" "$STAGE/$asset" || fail "$base_url/$asset cannot be fetched" "check the address and the network"
  check_download "$STAGE/$asset"
  gzip -dc "$STAGE/$asset" >"$STAGE/$NAME" 2>"$STAGE/complaint" ||
    fail "$asset cannot be unpacked: $(head -n 1 "$STAGE/complaint")" "is the disk of $bin_dir full?"
  rm -f "$STAGE/$asset"
  chmod 755 "$STAGE/$NAME"

  local said
  # Not through a pipe: its exit code is what counts.
  said=$("$STAGE/$NAME" --version 2>"$STAGE/complaint") || explain_start
  case $said in
    "$NAME "*) ;;
    *) fail "what was fetched does not say that it is $NAME but: $said" ;;
  esac
  if [ -n "$version" ]; then
    case $said in
      "$NAME ${version#v}" | "$NAME ${version#v} "*) ;;
      *) fail "the release of $version holds $said" ;;
    esac
  fi
  installed=$said
}

explain_start() {
  local complaint
  complaint=$(head -n 1 "$STAGE/complaint")
  case $complaint in
    *ermission*) fail "programs in \"$bin_dir\" cannot be started: $complaint" "it may be mounted noexec; give another: --bin-dir DIR" ;;
    *libstdc* | *libgcc*) fail "$complaint" "on Alpine: apk add libstdc++" ;;
    *) fail "the build for $target does not start here: $complaint" "give another: --target NAME" ;;
  esac
}

install_binary() {
  local old=''
  if [ -x "$bin_dir/$NAME" ]; then old=$("$bin_dir/$NAME" --version 2>/dev/null) || old=''; fi
  mv -f "$STAGE/$NAME" "$bin_dir/$NAME" || fail "\"$bin_dir/$NAME\" cannot be replaced"
  clean_up
  if [ -n "$old" ] && [ "$old" != "$installed" ]; then
    info "Installed $installed in $bin_dir (was $old)"
    say '  a running service goes on with the old one until: clawdbot node restart'
  else
    info "Installed $installed in $bin_dir"
    say '  completion of its commands in your shell: clawdbot completion --help'
  fi
}

# --- PATH -----------------------------------------------------------------------------------------

path_has() {
  case ":${PATH:-}:" in
    *":$1:"*) return 0 ;;
    *) return 1 ;;
  esac
}

# Start-up files of the shells that are used here. ~/.profile is read by most; bash and zsh have
# files that go before it.
rc_files() {
  printf '%s\n' "$HOME/.profile"
  if [ -e "$HOME/.bashrc" ] || has bash; then printf '%s\n' "$HOME/.bashrc"; fi
  if [ -e "$HOME/.bash_profile" ]; then printf '%s\n' "$HOME/.bash_profile"; fi
  if [ -e "${ZDOTDIR:-$HOME}/.zshrc" ] || has zsh; then printf '%s\n' "${ZDOTDIR:-$HOME}/.zshrc"; fi
  if has fish; then printf '%s\n' "$HOME/.config/fish/conf.d/clawdbot.fish"; fi
}

# A word that a POSIX shell reads back as it was.
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

add_to_path() {
  if path_has "$bin_dir"; then return 0; fi
  changed=''
  rc_files >"${TMPDIR:-/tmp}/.clawdbot-rc.$$" 2>/dev/null || return 0
  while read -r rc; do
    if [ -f "$rc" ] && grep -qF "$BEGIN_MARK" "$rc"; then continue; fi
    mkdir -p "$(dirname "$rc")" 2>/dev/null || continue
    case $rc in
      *.fish) line="contains -- $(quoted "$bin_dir") \$PATH; or set -gx PATH $(quoted "$bin_dir") \$PATH" ;;
      *) line="case \":\$PATH:\" in *:$(quoted "$bin_dir"):*) ;; *) export PATH=$(quoted "$bin_dir"):\"\$PATH\" ;; esac" ;;
    esac
    # A last line without an end would swallow the first of ours.
    if [ -s "$rc" ] && [ -n "$(tail -c 1 "$rc")" ]; then printf '\n' >>"$rc" 2>/dev/null || continue; fi
    if printf '%s\n%s\n%s\n' "$BEGIN_MARK" "$line" "$END_MARK" 2>/dev/null >>"$rc"; then changed="$changed $rc"; fi
  done <"${TMPDIR:-/tmp}/.clawdbot-rc.$$"
  rm -f "${TMPDIR:-/tmp}/.clawdbot-rc.$$"
  if [ -n "$changed" ]; then say "  added it to PATH in:$changed"; fi
}

report_path() {
  local first
  if ! path_has "$bin_dir"; then
    say "  in this shell: export PATH=$(quoted "$bin_dir"):\"\$PATH\""
    return 0
  fi
  first=$(command -v "$NAME" 2>/dev/null) || first=''
  if [ -n "$first" ] && [ "$first" != "$bin_dir/$NAME" ]; then
    warn "\"$NAME\" still means $first, which stands earlier in PATH"
  fi
}

# --- Uninstalling ---------------------------------------------------------------------------------

remove_all() {
  if [ "$dry_run" = yes ]; then
    say "would run      $bin_dir/$NAME node uninstall"
    say "would remove   $bin_dir/$NAME"
    if [ -e "$bin_dir/$NAME.previous" ]; then say "would remove   $bin_dir/$NAME.previous"; fi
    say "would remove   the lines between \"$BEGIN_MARK\" and \"$END_MARK\""
    if [ "$purge" = yes ]; then say "would remove   ${CLAWDBOT_STATE_DIR:-$HOME/.clawdbot}"; fi
    return 0
  fi
  if [ -x "$bin_dir/$NAME" ]; then
    "$bin_dir/$NAME" node uninstall >&2 || warn 'the service could not be removed; see: clawdbot node status'
    rm -f "$bin_dir/$NAME" "$bin_dir/$NAME.previous" || fail "\"$bin_dir/$NAME\" cannot be removed" "run this as its owner"
    info "Removed $bin_dir/$NAME"
  else
    say "$bin_dir/$NAME is not there"
  fi
  for rc in "$HOME/.profile" "$HOME/.bashrc" "$HOME/.bash_profile" "${ZDOTDIR:-$HOME}/.zshrc"; do remove_lines "$rc"; done
  rm -f "$HOME/.config/fish/conf.d/clawdbot.fish"
  if [ "$purge" = yes ]; then
    rm -rf "${CLAWDBOT_STATE_DIR:-$HOME/.clawdbot}"
    info "Removed ${CLAWDBOT_STATE_DIR:-$HOME/.clawdbot}"
  elif [ -d "$HOME/.clawdbot" ]; then
    say "  kept identity and policy: $HOME/.clawdbot (--purge removes them)"
  fi
}

remove_lines() {
  if ! [ -f "$1" ] || ! grep -qF "$BEGIN_MARK" "$1"; then return 0; fi
  # Written back into the same file: it may be a link into somebody's dotfiles.
  local kept
  kept=$(sed "/^$BEGIN_MARK\$/,/^$END_MARK\$/d" "$1" && printf x) || return 0
  printf '%s' "${kept%x}" >"$1"
}

main "$@"
