#!/bin/sh
# Puts the language server and the queries into Helix' configuration, and the program on the PATH if it is not there yet.
#
#   editors/helix/install.sh           install, or bring up to date
#   editors/helix/install.sh --remove  take it out again
#
# What stands in languages.toml outside of our marks is left as it is.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
config=${XDG_CONFIG_HOME:-$HOME/.config}/helix
languages=$config/languages.toml
queries=$config/runtime/queries
begin='# >>> redlua' end='# <<< redlua'

# The file without our part.
others() {
    [ ! -f "$languages" ] || sed "/^$begin\$/,/^$end\$/d" "$languages"
}

# The queries that Helix brings for a language.
builtin_query() {
    for folder in ${HELIX_RUNTIME:-} /usr/lib/helix/runtime /usr/lib/hx/runtime /usr/share/helix/runtime \
        "$HOME/.cargo/helix/runtime" "$(dirname "$(command -v hx 2>/dev/null || echo /nowhere)")/runtime" \
        /opt/homebrew/opt/helix/libexec/runtime; do
        if [ -f "$folder/queries/$1/injections.scm" ]; then
            cat "$folder/queries/$1/injections.scm"
            return
        fi
    done
    return 1
}

remove() {
    rm -rf "$queries/redis-lua"
    for host in "$here"/hosts/*; do
        file=$queries/$(basename "$host")/injections.scm
        if [ -f "$file" ] && grep -q "^; $begin" "$file"; then rm "$file"; fi
    done
    if [ -f "$languages" ]; then
        others >"$languages.new"
        mv "$languages.new" "$languages"
    fi
}

remove
if [ "${1:-}" = --remove ]; then
    echo "removed redlua from $config"
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

mkdir -p "$queries"
{
    echo "$begin"
    cat "$here/languages.toml"
    echo "$end"
} >>"$languages"
cp -R "$here/runtime/queries/redis-lua" "$queries/"
# A file of ours hides the editor's, so ours has both. Without the editor's the host is left alone.
for host in "$here"/hosts/*; do
    name=$(basename "$host")
    file=$queries/$name/injections.scm
    if [ -f "$file" ]; then
        echo "install.sh: $file is yours and is left as it is" >&2
    elif theirs=$(builtin_query "$name"); then
        mkdir -p "$(dirname "$file")"
        {
            echo "; $begin"
            printf '%s\n\n' "$theirs"
            cat "$host/injections.scm"
        } >"$file"
    fi
done
echo "installed redlua into $config"
