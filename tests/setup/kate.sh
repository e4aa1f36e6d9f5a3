#!/usr/bin/env bash
# Installs Kate of Debian, a screen without a monitor, and what presses its keys and takes its picture.
set -euo pipefail

fail() { echo "kate.sh: $*" >&2; exit 1; }

missing=()
for program in kate:kate Xvfb:xvfb xdotool:xdotool maim:maim dbus-run-session:dbus-daemon; do
  command -v "${program%%:*}" > /dev/null || missing+=("${program##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  {
    $sudo apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" fonts-dejavu-core
  } > /dev/null || fail "apt-get cannot install ${missing[*]}"
fi
command -v kate || fail "there is no kate"
