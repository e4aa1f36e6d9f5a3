#!/usr/bin/env bash
# Installs the Neovim of Debian 12 (0.7.2), outside of the system. Prints the path of a program that starts it.
set -euo pipefail

into="${REDLUA_CACHE:-$HOME/.cache/redlua}/nvim-0.7.2"
packages="neovim neovim-runtime libluajit-5.1-2 libmsgpackc2 libtermkey1 libtree-sitter0 libunibilium4 libuv1 libvterm0 lua-luv"

if ! "$into/nvim" --version > /dev/null 2>&1; then
  rm -rf "$into"
  mkdir -p "$into"
  cd "$into"
  # shellcheck disable=SC2086 # Words without blanks, meant to be split.
  apt-get download -qq $packages > /dev/null 2>&1 || { echo "nvim-old.sh: apt-get cannot fetch $packages" >&2; exit 1; }
  for package in *.deb; do dpkg -x "$package" root; done
  rm ./*.deb
  cat > nvim << SCRIPT
#!/bin/sh
export LD_LIBRARY_PATH="$into/root/usr/lib/x86_64-linux-gnu" VIMRUNTIME="$into/root/usr/share/nvim/runtime"
exec "$into/root/usr/bin/nvim" "\$@"
SCRIPT
  chmod +x nvim
fi
"$into/nvim" --version | grep -q '^NVIM v0.7' || { echo "nvim-old.sh: $into/nvim does not run" >&2; exit 1; }
echo "$into/nvim"
