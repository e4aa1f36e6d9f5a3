#!/usr/bin/env bash
# Installs Vim and ALE of Debian. Prints the path of the program.
set -euo pipefail

vim=/usr/bin/vim.basic

fail() { echo "vim.sh: $*" >&2; exit 1; }

if ! "$vim" --version > /dev/null 2>&1 || ! [ -d /usr/share/vim-ale ] || ! command -v tmux > /dev/null; then
  sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  {
    $sudo apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends vim vim-ale tmux
  } > /dev/null || fail "apt-get cannot install vim and vim-ale"
fi
"$vim" --version | grep -q "^VIM - Vi IMproved 9" || fail "$vim does not run, or is older than 9"
echo "$vim"
