#!/usr/bin/env bash
# Installs the Debian packages that are missing, by group; does nothing where all are there. Services are left alone.
#
# usage: scripts/setup.sh [run|test|bench]...    (default: run; test and bench include run)
set -euo pipefail

RUN="libssl-dev libyaml-dev libhiredis-dev libre2-dev zlib1g-dev pkg-config curl python3"
# OpenBLAS is what encoders compute with; the program is linked without it, and loads it where one is configured.
TEST="redis-server openssl python3-venv python3-yaml nodejs libopenblas0"
BENCH="wrk nginx haproxy varnish gcc nghttp2-client slowhttptest openssl"

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# A library must be the package; a program may have come from elsewhere.
present() {
    case $1 in
        redis-server | nodejs | wrk | nginx | haproxy | gcc | slowhttptest | openssl | curl | python3 | pkg-config) program "$1" && return ;;
        python3-yaml) python3 -c 'import yaml' 2>/dev/null && return ;;
        python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null && return ;;
    esac
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Programs of services stand where the PATH of an ordinary user does not look.
program() {
    local name=$1
    [[ $name == nodejs ]] && name=node
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$name" >/dev/null
}

wanted=$RUN
for group in "$@"; do
    case $group in
        run) ;;
        test) wanted+=" $TEST" ;;
        bench) wanted+=" $BENCH" ;;
        *) fail "$group: expected run, test or bench" ;;
    esac
done

missing=()
for package in $wanted; do present "$package" || missing+=("$package"); done

if ((${#missing[@]} > 0)); then
    command -v apt-get >/dev/null || fail "missing: ${missing[*]}: no apt-get here; install what your system calls them"
    if ((EUID == 0)); then
        as_root=()
    elif command -v sudo >/dev/null; then
        as_root=(sudo)
    else
        fail "missing: ${missing[*]}: neither root nor sudo; as root run: apt-get update && apt-get install -y ${missing[*]}"
    fi
    printf 'setup: installing %s\n' "${missing[*]}"
    # No input: a question from a package must not hang a build.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" </dev/null
fi

command -v swift >/dev/null || fail "swift: not found: install Swift 6.2 or later (https://www.swift.org/install) and put it on the PATH"
