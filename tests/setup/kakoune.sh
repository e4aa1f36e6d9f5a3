#!/usr/bin/env bash
# Installs Kakoune of Debian, and kakoune-lsp of its crate, at a fixed version, outside of the system. Prints the path of the latter.
set -euo pipefail

version=22.0.0
into="${REDLUA_CACHE:-$HOME/.cache/redlua}/kak-lsp-$version"

fail() { echo "kakoune.sh: $*" >&2; exit 1; }

if ! command -v kak > /dev/null || ! command -v tmux > /dev/null; then
  sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  {
    $sudo apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends kakoune tmux
  } > /dev/null || fail "apt-get cannot install kakoune"
fi
if ! "$into/bin/kak-lsp" --version > /dev/null 2>&1; then
  # A target folder of its own: its build must not empty the workspace's.
  work=$(mktemp -d)
  CARGO_TARGET_DIR="$work" cargo install --quiet --locked --root "$into" "kak-lsp@$version" || fail "cannot install the crate kak-lsp $version"
  rm -rf "$work"
fi
"$into/bin/kak-lsp" --version | grep -q "$version" || fail "$into/bin/kak-lsp does not run"
echo "$into/bin/kak-lsp"
