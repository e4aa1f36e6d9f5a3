#!/usr/bin/env bash
# Runs the Tcl suites of Redis and Valkey against `redlua serve`, and holds them against tcl/SUITE.txt.
#
#   tests/peers/tcl_suite.sh SUITE [UNIT…]       the units that tcl/SUITE.txt names, or only those (unit/type/hash, …)
#   tests/peers/tcl_suite.sh --new SUITE UNIT…   any units, without expectations: shows what fails and why
#
# SUITE is redis-7.0, redis-8.0 or valkey-9.1. REDLUA names the program (default: the release build), REDLUA_JOBS how many
# units run at a time (3), REDLUA_LIMIT the seconds that a unit may take (300). A suite is Debian's source package, fetched
# once into the cache.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
redlua=$(readlink -f "${REDLUA:-$root/target/release/redlua}") || true
limit=${REDLUA_LIMIT:-300}
jobs=${REDLUA_JOBS:-3}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=http://deb.debian.org/debian

fail() { printf 'tcl_suite.sh: %s\n' "$*" >&2; exit 1; }

need() { # PROGRAM PACKAGE
  if command -v "$1" > /dev/null; then return; fi
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  { $sudo apt-get install -y -qq "$2" || { $sudo apt-get update -qq && $sudo apt-get install -y -qq "$2"; }; } > /dev/null ||
    fail "cannot install the Debian package $2"
}

new=
if [ "${1-}" = --new ]; then
  new=1
  shift
fi
name=${1-}
[ $# -eq 0 ] || shift
# Where Debian has the suite, and what its programs are called.
case $name in
  redis-7.0) release=bookworm package=redis program=redis ;;
  redis-8.0) release=sid package=redis program=redis ;;
  valkey-9.1) release=sid package=valkey program=valkey ;;
  *) fail "name a suite: redis-7.0, redis-8.0 or valkey-9.1" ;;
esac
target="${name/-/ }"
expected=$here/tcl/$name.txt
suite=${REDLUA_CACHE:-$HOME/.cache/redlua}/tcl-suites/$name
[ -z "$new" ] || [ $# -gt 0 ] || fail "--new needs units"

# The source, patched as Debian's server is, with the programs that some tests call; no trace in the system's lists.
fetch() {
  if [ -e "$suite/ready" ]; then return; fi
  local work
  work=$(mktemp -d)
  mkdir -p "$work/lists/partial" "$work/archives/partial"
  printf 'deb-src [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$release" > "$work/sources.list"
  local options=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work" -o APT::Sandbox::User=root)
  (cd "$work" && apt-get "${options[@]}" update && apt-get "${options[@]}" source "$package") > /dev/null ||
    fail "apt-get cannot fetch the source of $package"
  rm -rf "$suite"
  mkdir -p "$(dirname "$suite")"
  mv "$work/$package"-*/ "$suite"
  # Sid moves on: the suite must be of the version that the expectations are of.
  grep -q "VERSION \"${name#*-}\." "$suite/src/version.h" || fail "$release has another version of $package by now"
  rm -rf "$work"
  for tool in cli benchmark; do
    ln -sf "$(command -v "redis-$tool")" "$suite/src/$program-$tool"
  done
  # The harness looks for these, and does not start them: the server is ours.
  for tool in server sentinel check-rdb check-aof; do ln -sf /bin/false "$suite/src/$program-$tool"; done
  touch "$suite/ready"
}

# The lines of one unit: "skip NAME" and "fail NAME", without their reasons.
lines() { # UNIT KIND
  awk -v unit="$1" -v kind="$2" '
    /^unit / { inside = ($2 == unit); next }
    inside && $1 == kind { sub(/^[ ]*[a-z]+ /, ""); sub(/ :: .*/, ""); print }' "$expected"
}

# Runs one unit; what it said goes to OUT, and its outcome to OUT.rc.
run_unit() { # UNIT OUT BASEPORT
  local unit=$1 out=$2 base=$3 skips=() pid rc=0 test
  if [ -z "$new" ]; then
    while IFS= read -r test; do skips+=(--skiptest "$test"); done < <(lines "$unit" skip)
  fi
  local port=
  # The shell behind the `&` makes the file in its own time.
  : > "$out.server"
  "$redlua" serve --port 0 --target "$target" >> "$out.server" 2>&1 &
  pid=$!
  for _ in $(seq 300); do
    port=$(sed -n 's/^ready .*:\([0-9][0-9]*\)$/\1/p' "$out.server")
    if [ -n "$port" ] || ! kill -0 "$pid" 2> /dev/null; then break; fi
    sleep 0.1
  done
  if [ -z "$port" ]; then
    echo "redlua serve did not start" > "$out"
    rc=99
  else
    # Durable: a command that is refused fails its test, and not the whole unit.
    # Not ipv6: those tests have the server listen elsewhere, between tests, where a refusal ends the unit.
    (cd "$suite" && timeout -k 5 "$limit" tclsh tests/test_helper.tcl --host 127.0.0.1 --port "$port" --single "$unit" \
      --baseport "$base" --durable --dont-clean --tags "-slow -needs:repl -ipv6" "${skips[@]}" < /dev/null) > "$out" 2>&1 || rc=$?
    sed -i 's/\x1b\[[0-9;]*m//g' "$out"
  fi
  kill "$pid" 2> /dev/null || true
  # The harness leaves its worker behind when it is cut off; its socket is gone then, and it ends by itself.
  wait "$pid" 2> /dev/null || true
  echo "$rc" > "$out.rc"
}

[ -x "$redlua" ] || fail "no redlua: cargo build --release -p redlua-cli, or set REDLUA"
need tclsh tcl
need redis-cli redis-tools
need dpkg-source dpkg-dev
fetch
[ $# -gt 0 ] || mapfile -t all < <(sed -n 's/^unit \([^ ]*\) .*/\1/p' "$expected")
[ $# -gt 0 ] || set -- "${all[@]}"

outs=$(mktemp -d)
trap 'rm -rf "$outs"' EXIT
base=$((21111 + $$ % 300 * 100))
for unit; do
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
  base=$((base + 100))
  run_unit "$unit" "$outs/${unit//\//-}" "$base" &
done
wait

bad=0
printf '%-28s %7s %7s %8s %8s\n' unit passed failed ignored skipped
for unit; do
  out=$outs/${unit//\//-}
  count() { grep -c "^\[$1\]" "$out" || true; }
  passed=$(count ok) rc=$(cat "$out.rc")
  printf '%-28s %7s %7s %8s %8s\n' "$unit" "$passed" "$(count err)" "$(count ignore)" "$(count skip)"
  sed -n 's|^\[err\]: \(.*\) in tests/.*|\1|p' "$out" | sort -u > "$out.failed"
  complain() { printf '    %s\n' "$*"; bad=1; }
  [ "$rc" -lt 2 ] || complain "ended with $rc$([ "$rc" != 124 ] || echo ", for its time was over"): $(tail -n 1 "$out")"
  if [ -n "$new" ]; then
    grep -A4 -E '^\[(err|exception)\]' "$out" | sed 's/^/    /' || true
    continue
  fi
  if grep -q '^\[exception\]' "$out"; then complain "broke off: $(grep -A1 '^\[exception\]' "$out" | tail -n 1)"; fi
  least=$(sed -n "s|^unit $unit ||p" "$expected")
  [ -n "$least" ] || fail "$expected does not name $unit"
  [ "$passed" -ge "$least" ] || complain "$least passed once"
  lines "$unit" fail | sort -u > "$out.known"
  while IFS= read -r test; do
    complain "fails: $test"
    grep -F -A3 "[err]: $test in" "$out" | sed 1d | head -n 3 | sed 's/^/        /'
  done < <(comm -23 "$out.failed" "$out.known")
  comm -13 "$out.failed" "$out.known" | sed 's/^/    passes now: /'
done
exit "$bad"
