#!/usr/bin/env bash
# Installs Emacs without a window system, of Debian's backports. Prints the path of the program.
#
#   tests/setup/emacs.sh           30.1
#   tests/setup/emacs.sh lsp       prints a folder with lsp-mode and what it wants, a folder each
#   tests/setup/emacs.sh modes     other modes for Lua: prints a folder with lua-mode.el and the grammar of lua-ts-mode
set -euo pipefail

version=30.1
emacs=/usr/bin/emacs-nox

fail() { echo "emacs.sh: $*" >&2; exit 1; }

if ! "$emacs" --version 2> /dev/null | grep -q "^GNU Emacs $version"; then
  sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  apt=$(mktemp -d)
  trap 'rm -rf "$apt"' EXIT
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  for suite in bookworm bookworm-backports; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main"
  done > "$apt/sources.list"
  options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt" -o APT::Sandbox::User=root -o DPkg::Lock::Timeout=300)
  {
    $sudo apt-get "${options[@]}" update &&
      DEBIAN_FRONTEND=noninteractive $sudo apt-get "${options[@]}" install -y --no-install-recommends -t bookworm-backports emacs-nox
  } > "$apt/log" 2>&1 || { tail -n 20 "$apt/log" >&2; fail "apt-get cannot install emacs-nox from bookworm-backports"; }
fi
"$emacs" --version | grep -q "^GNU Emacs $version" || fail "$emacs does not run, or is not $version"
command -v tmux > /dev/null || apt-get install -y -qq tmux > /dev/null || fail "apt-get cannot install tmux"

if [ "${1:-}" = lsp ]; then
  into="${REDLUA_CACHE:-$HOME/.cache/redlua}/emacs-lsp"
  if [ ! -e "$into/lsp-mode" ]; then
    rm -rf "$into"
    work=$(mktemp -d)
    packages=(lsp-mode dash f s ht spinner markdown-mode lv)
    (cd "$work" && apt-get download -qq "${packages[@]/#/elpa-}" && for package in ./*.deb; do dpkg -x "$package" .; done) > /dev/null 2>&1 ||
      fail "apt-get cannot fetch elpa-lsp-mode"
    mkdir -p "$into"
    for package in "${packages[@]}"; do mv "$work"/usr/share/emacs/site-lisp/elpa-src/"$package"-[0-9]* "$into/$package"; done
    rm -rf "$work"
  fi
  echo "$into"
  exit
fi

if [ "${1:-}" = modes ]; then
  into="${REDLUA_CACHE:-$HOME/.cache/redlua}/emacs-modes"
  if [ ! -e "$into/lua-mode.el" ]; then
    work=$(mktemp -d)
    (cd "$work" && apt-get download -qq elpa-lua-mode && dpkg -x ./*.deb .) > /dev/null 2>&1 || fail "apt-get cannot fetch elpa-lua-mode"
    mkdir -p "$into"
    find "$work" -name lua-mode.el -exec cp {} "$into/" \;
    rm -rf "$work"
  fi
  cp "$("$(dirname "$0")/editor_parsers.sh")/lua.so" "$into/libtree-sitter-lua.so"
  [ -e "$into/lua-mode.el" ] || fail "elpa-lua-mode has no lua-mode.el"
  echo "$into"
  exit
fi
echo "$emacs"
