#!/usr/bin/env bash
# Installs Pyright, a language server of Python, at a fixed version, outside of the repository. Prints the path of the server.
set -euo pipefail

version=1.1.414
into="${REDLUA_CACHE:-$HOME/.cache/redlua}/pyright-$version"
server="$into/node_modules/.bin/pyright-langserver"

if ! [ -x "$server" ]; then
  rm -rf "$into"
  mkdir -p "$into"
  npm install --silent --no-save --no-audit --no-fund --omit=optional --ignore-scripts --prefix "$into" "pyright@$version" >&2 || {
    echo "pyright.sh: npm cannot install pyright $version" >&2
    exit 1
  }
fi
[ -x "$server" ] || { echo "pyright.sh: there is no $server" >&2; exit 1; }
echo "$server"
