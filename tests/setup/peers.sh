#!/usr/bin/env bash
# Installs the linters that the benchmark compares with, and its measuring tools.
# Arguments: which of them (default: all): selene emmylua_check emmylua_ls luacheck hyperfine valgrind
set -euo pipefail

cache="${REDLUA_CACHE:-$HOME/.cache/redlua}/peers"
mkdir -p "$cache"

fail() { printf 'peers.sh: %s\n' "$*" >&2; exit 1; }

from_debian() { # PROGRAM PACKAGE
  if command -v "$1" > /dev/null; then return; fi
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq || fail "apt-get update failed"
  $sudo apt-get install -y -qq "$2" > /dev/null || fail "cannot install the Debian package $2"
  command -v "$1" > /dev/null || fail "the package $2 brought no $1"
}

from_crate() { # CRATE VERSION
  local stamp="$cache/$1-$2.installed"
  if [ -e "$stamp" ] && [ -x "$cache/bin/$1" ]; then return; fi
  # A target folder of its own: the peers' builds must not empty the workspace's.
  CARGO_TARGET_DIR="$cache/target" cargo install --quiet --locked --root "$cache" "$1@$2" || fail "cannot install the crate $1@$2"
  [ -x "$cache/bin/$1" ] || fail "the crate $1 brought no $1"
  touch "$stamp"
}

[ $# -gt 0 ] || set -- hyperfine valgrind luacheck selene emmylua_check emmylua_ls
for peer in "$@"; do
  case "$peer" in
    hyperfine | valgrind) from_debian "$peer" "$peer" ;;
    luacheck) from_debian luacheck lua-check ;;
    selene) from_crate selene 0.31.0 ;;
    emmylua_check) from_crate emmylua_check 0.25.1 ;;
    emmylua_ls) from_crate emmylua_ls 0.25.1 ;;
    *) fail "unknown peer '$peer'" ;;
  esac
  printf 'peers.sh: %s is there\n' "$peer"
done
