#!/usr/bin/env bash
# Installs tree-sitter with the grammars that the queries are for, as a folder for PYTHONPATH. Prints the folder.
set -euo pipefail

into="${REDLUA_CACHE:-$HOME/.cache/redlua}/tree-sitter"
packages=(tree-sitter==0.25.2 tree-sitter-lua==0.5.0 tree-sitter-python==0.25.0 tree-sitter-javascript==0.25.0
  tree-sitter-typescript==0.23.2 tree-sitter-go==0.25.0 tree-sitter-ruby==0.23.1 tree-sitter-java==0.23.5
  tree-sitter-php==0.25.1 tree-sitter-c-sharp==0.23.5 tree-sitter-rust==0.24.2 tree-sitter-bash==0.25.1)

if [ "$(cat "$into/.installed" 2> /dev/null)" != "${packages[*]}" ]; then
  rm -rf "$into"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$into" "${packages[@]}" || {
    echo "parsers.sh: pip cannot install ${packages[*]}" >&2
    exit 1
  }
  echo "${packages[*]}" > "$into/.installed"
fi
echo "$into"
