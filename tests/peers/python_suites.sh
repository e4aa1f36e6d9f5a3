#!/usr/bin/env bash
# Runs the test suites of Python packages that use Redis, on a real server and on `redlua serve`, and compares test by test.
#
#   tests/peers/python_suites.sh [redis-py] [rq] [huey] [walrus] [fakeredis]
#
# REDLUA names the program (default: the release build), SERVER the real server (redis-8.6, for the build of 8.2 that the
# tests use ends in some MEMORY commands). What passes, and what differs with its reason, must be as python/SUITE.txt says.
# The suites are the packages' source archives on PyPI, fetched once into the cache. Both servers listen on the ports that
# the suites expect, in a network of their own; that needs root. What a suite leaves running ends with it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
redlua=$(readlink -f "${REDLUA:-$root/target/release/redlua}") || true
name=${SERVER:-redis-8.6}
cache=${REDLUA_CACHE:-$HOME/.cache/redlua}/python-suites
limit=${REDLUA_LIMIT:-900}

fail() { printf 'python_suites.sh: %s\n' "$*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "must run as root, for its own network"
[ -x "$redlua" ] || fail "no redlua: cargo build --release -p redlua-cli, or set REDLUA"
server=$("$root/tests/setup/servers.sh" "$name")
[ $# -gt 0 ] || set -- redis-py rq huey walrus fakeredis

python=$cache/venv/bin/python
if [ ! -e "$cache/venv/ready" ]; then
  rm -rf "$cache"
  mkdir -p "$cache"
  python3 -m venv "$cache/venv"
  "$python" -m pip install --quiet hatchling hatch-vcs poetry-core setuptools wheel cython \
    pytest==8.4.2 pytest-asyncio==1.2.0 pytest-mock==3.15.1 pytest-timeout==2.4.0 hypothesis==6.142.5 numpy requests cachetools cryptography \
    redis==6.4.0 rq==3.0.0 huey==3.5.4 walrus==0.9.8 'fakeredis[lua,json,bf,cf,probabilistic]==2.40.0' psutil gevent valkey mock pytest-cov pytest-html ujson redis-entraid==1.0.0 ||
    fail "pip cannot install what the suites need"
  for package in redis==6.4.0 rq==3.0.0 huey==3.5.4 walrus==0.9.8 fakeredis==2.40.0; do
    "$python" -m pip download --quiet --no-deps --no-binary :all: --no-build-isolation --dest "$cache" "$package" ||
      fail "pip cannot fetch the source of $package"
  done
  for archive in "$cache"/*.tar.gz; do tar -xzf "$archive" -C "$cache"; done
  touch "$cache/venv/ready"
fi

# suite NAME: its folder, and what pytest is given.
suite() {
  case $1 in
    redis-py) folder=redis-6.4.0 tests=(tests --ignore=tests/test_asyncio/test_cluster.py -m "not redismod and not ssl and not onlycluster") ;;
    rq) folder=rq-3.0.0 tests=(tests) ;;
    huey) folder=huey-3.5.4 tests=(huey/tests) ;;
    walrus) folder=walrus-0.9.8 tests=(walrus/tests -o "python_files=*.py") ;;
    fakeredis)
      folder=fakeredis-2.40.0
      tests=(test/test_hypothesis test/test_mixins test/test_async test/test_stack/test_vectorset.py test/test_keyspace_notifications.py
        test/test_subkey_notifications.py -m "not fake and not fake_only" --hypothesis-seed 1)
      ;;
    *) fail "no suite $1" ;;
  esac
}

# run NAME OUT PROGRAM…: runs a suite on servers that PROGRAM starts, with the port as its last word.
run() {
  local out=$2
  suite "$1"
  shift 2
  # shellcheck disable=SC2016 # For the inner shell.
  (cd "$cache/$folder" && unshare --net --pid --fork --kill-child --mount-proc bash -c '
    ip link set lo up
    out=$1; limit=$2; python=$3; count=$4; shift 4
    program=("${@:1:count}"); shift "$count"
    pids=()
    for port in 6379 6390; do "${program[@]}" "$port" > "$out.$port" 2>&1 & pids+=($!); done
    for port in 6379 6390; do
      for _ in $(seq 200); do (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && break; sleep 0.1; done
    done
    # rq starts programs of its own; a worker that a failed test leaves behind is not waited for.
    export PATH="$(dirname "$python"):$PATH" PYTHONPATH=. FAKEREDIS_HYPOTHESIS_EXAMPLES=50
    # Hypothesis fails what takes longer than its deadline.
    main="import hypothesis, os, pytest, sys; hypothesis.settings.register_profile(\"slow\", deadline=None)
hypothesis.settings.load_profile(\"slow\"); status = pytest.main(sys.argv[1:]); sys.stdout.flush(); os._exit(status)"
    timeout -k 5 "$limit" "$python" -c "$main" \
      -q -p no:cacheprovider --timeout 60 --junitxml "$out.xml" "$@" > "$out.log" 2>&1
    echo $? > "$out.rc"
    for pid in "${pids[@]}"; do kill -0 "$pid" 2> /dev/null || echo "a server did not outlive the suite" >> "$out.died"; kill "$pid" 2> /dev/null; done
  ' - "$out" "$limit" "$python" "$#" "$@" "${tests[@]}")
}

outs=${OUTS:-$(mktemp -d)}
mkdir -p "$outs"
bad=0
for one; do
  run "$one" "$outs/$one-server" "$server" --save "" --dir "$outs" --enable-debug-command yes --port
  run "$one" "$outs/$one-redlua" "$redlua" serve --target "${name/-/ }" --port
  python3 "$here/python_suites.py" "$one" "$outs/$one-server.xml" "$outs/$one-redlua.xml" "$here/python/$one.txt" || bad=1
  [ ! -e "$outs/$one-redlua.died" ] || { echo "  redlua did not outlive the suite"; bad=1; }
done
exit "$bad"
