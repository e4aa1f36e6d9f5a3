#!/bin/sh
# Gives Kate's LSP client the language server, and installs the program if it is not there yet.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
settings=${XDG_CONFIG_HOME:-$HOME/.config}/kate/lspclient/settings.json

if ! command -v redlua >/dev/null 2>&1 && ! [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/redlua" ]; then
    command -v cargo >/dev/null 2>&1 || {
        echo "install.sh: neither redlua nor cargo is on the PATH: https://rustup.rs installs cargo" >&2
        exit 1
    }
    cargo install --quiet --locked --path "$here/../../server/cli"
fi
command -v redlua >/dev/null 2>&1 || echo "install.sh: add ${CARGO_HOME:-$HOME/.cargo}/bin to your PATH" >&2

if [ -s "$settings" ] && ! cmp -s "$here/settings.json" "$settings"; then
    echo "install.sh: $settings is yours: add what is in $here/settings.json under \"servers\"" >&2
    exit 1
fi
mkdir -p "$(dirname "$settings")"
cp "$here/settings.json" "$settings"
echo "installed $settings"
