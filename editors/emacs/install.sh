#!/bin/sh
# Installs the package into Emacs, and the program on the PATH if it is not there yet.
#
#   editors/emacs/install.sh           install, or bring up to date
#   editors/emacs/install.sh --remove  take the package away again
set -eu

here=$(cd "$(dirname "$0")" && pwd)
emacs=${EMACS:-emacs}

command -v "$emacs" >/dev/null 2>&1 || {
    echo "install.sh: there is no $emacs; EMACS=/path/to/emacs names another" >&2
    exit 1
}

quietly() {
    said=$("$emacs" --batch "$@" 2>&1) || {
        echo "$said" >&2
        exit 1
    }
}

# Of our name in the folder of packages, whatever its version.
remove='(progn (require (quote package)) (package-initialize)
  (dolist (old (alist-get (quote redlua) package-alist)) (package-delete old t)))'

if [ "${1:-}" = --remove ]; then
    quietly --eval "$remove"
    echo "removed redlua from Emacs"
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

quietly --eval "$remove" --eval "(package-install-file \"$here/redlua.el\")"
echo "installed redlua into Emacs"
