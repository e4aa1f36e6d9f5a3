#!/usr/bin/env bash
# Builds tree-sitter parsers that editors load: Lua (Helix' packages bring none) and Python, a host of scripts. Prints the
# folder, which has NAME.so. Of these versions, for the ABI of later ones is not known to Helix 25.01.
set -euo pipefail

into="${REDLUA_CACHE:-$HOME/.cache/redlua}/parsers"
mkdir -p "$into"

parser() { # NAME VERSION
  local stamp="$into/$1-$2.built" work
  if [ -e "$stamp" ] && [ -e "$into/$1.so" ]; then return; fi
  work=$(mktemp -d)
  (
    cd "$work"
    cargo init --quiet --vcs none --name fetch . && cargo add --quiet "tree-sitter-$1@=$2" && cargo vendor --quiet vendored > /dev/null
    src="vendored/tree-sitter-$1/src"
    files=("$src/parser.c")
    if [ -e "$src/scanner.c" ]; then files+=("$src/scanner.c"); fi
    cc -shared -fPIC -O1 -I "$src" -o "$1.so" "${files[@]}"
  ) > "$work/log" 2>&1 || { cat "$work/log" >&2; echo "editor_parsers.sh: tree-sitter-$1 $2 cannot be built" >&2; exit 1; }
  mv "$work/$1.so" "$into/$1.so"
  rm -rf "$work"
  touch "$stamp"
}

parser lua 0.2.0
parser python 0.23.6
echo "$into"
