#!/bin/sh
# Puts the plug-in where Vim finds it by itself, and the program on the PATH if it is not there yet.
#
#   editors/vim/install.sh           install, or bring up to date
#   editors/vim/install.sh --remove  take the plug-in away again
set -eu

here=$(cd "$(dirname "$0")" && pwd)
into=$HOME/.vim/pack/redlua/start/redlua

if [ "${1:-}" = --remove ]; then
    rm -rf "$into"
    echo "removed $into"
    exit
fi

if ! command -v redlua >/dev/null 2>&1 && ! [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/redlua" ]; then
    command -v cargo >/dev/null 2>&1 || {
        echo "install.sh: neither redlua nor cargo is on the PATH: https://rustup.rs installs cargo" >&2
        exit 1
    }
    cargo install --quiet --locked --path "$here/../../server/cli"
fi
command -v redlua >/dev/null 2>&1 || echo "install.sh: add ${CARGO_HOME:-$HOME/.cargo}/bin to your PATH" >&2

rm -rf "$into"
mkdir -p "$into"
for part in after ale_linters autoload doc ftdetect ftplugin plugin syntax; do
    cp -R "$here/$part" "$into/"
done
if command -v vim >/dev/null 2>&1; then
    vim -es -u NONE -c "helptags $into/doc" -c quit </dev/null >/dev/null 2>&1 || true
fi
echo "installed $into"
