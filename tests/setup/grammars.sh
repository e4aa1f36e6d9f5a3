#!/usr/bin/env bash
# Installs VS Code's TextMate engine and the grammars of other languages, for the tests of ours. Prints the folder.
set -euo pipefail

into="${REDLUA_CACHE:-$HOME/.cache/redlua}/textmate"
packages=(vscode-textmate@9.3.2 vscode-oniguruma@2.0.1 tm-grammars@1.32.22)

if [ "$(cat "$into/.installed" 2> /dev/null)" != "${packages[*]}" ]; then
  rm -rf "$into"
  mkdir -p "$into"
  npm install --silent --no-save --no-package-lock --ignore-scripts --prefix "$into" "${packages[@]}" > /dev/null || {
    echo "grammars.sh: npm cannot install ${packages[*]}" >&2
    exit 1
  }
  echo "${packages[*]}" > "$into/.installed"
fi
echo "$into"
