#!/usr/bin/env bash
# Installs VS Code's workbench (code-server), what drives a browser, and the Node that both want, each at a fixed version, into a
# folder outside of the repository; Chromium comes from Debian. What is there already is left as it is.
set -euo pipefail

node=24.21.0
code_server=4.139.1
playwright=1.65.1

setup=$(realpath "$(dirname "$0")")
into="${REDLUA_CACHE:-$HOME/.cache/redlua}/vscode"
mkdir -p "$into"

fail() { printf 'vscode.sh: %s\n' "$*" >&2; exit 1; }

# Puts what a function leaves in a fresh folder to its place only when all of it is there.
place() { # NAME VERSION FUNCTION
  local stamp="$into/$1/$2.installed" work
  if [ -e "$stamp" ]; then return; fi
  work=$(mktemp -d "$into/.$1.XXXXXX")
  (cd "$work" && "$3" > install.log 2>&1) || { tail -n 20 "$work/install.log" >&2; rm -rf "$work"; fail "$1 $2 cannot be installed"; }
  rm -rf "${into:?}/$1"
  mv "$work" "$into/$1"
  touch "$stamp"
  printf 'vscode.sh: installed %s %s\n' "$1" "$2"
}

install() { npm install --silent --no-save --no-audit --no-fund --prefix . "$@"; }

# The package `node` puts its program in place with a script of its own.
node_package() { install "node@$node" && node_modules/node/bin/node --version; }

workbench() {
  # No native module is built: the workbench does without them here.
  install --ignore-scripts "code-server@$code_server" "playwright-core@$playwright" &&
    cd node_modules/code-server/lib/vscode &&
    npm install --silent --no-audit --no-fund --omit=dev --ignore-scripts &&
    cd extensions && npm install --silent --no-audit --no-fund --omit=dev --ignore-scripts
}

command -v npm > /dev/null || fail "npm is not here: install Node, of any version"
place node "$node" node_package
export PATH="$into/node/node_modules/node/bin:$PATH"
place workbench "$code_server-$playwright" workbench
spdlog="$into/workbench/node_modules/code-server/lib/vscode/node_modules/@vscode/spdlog/index.js"
cmp -s "$setup/vscode-spdlog.cjs" "$spdlog" || cp "$setup/vscode-spdlog.cjs" "$spdlog"

if ! command -v chromium > /dev/null; then
  sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq || fail "apt-get update failed"
  $sudo apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core > /dev/null || fail "cannot install the Debian package chromium"
  command -v chromium > /dev/null || fail "the package chromium brought no chromium"
fi
printf 'vscode.sh: %s\n' "$into"
