#!/usr/bin/env bash
# Installs the Debian packages that are missing. usage: setup.sh run|test|bench ...
set -euo pipefail
wanted=()
for group in "${@:-run}"; do
    case $group in
    run) wanted+=(libssl-dev libyaml-dev libhiredis-dev libre2-dev zlib1g-dev pkg-config curl python3) ;;
    test) wanted+=(redis-server python3-venv python3-pip nodejs) ;;
    bench) wanted+=(wrk nginx haproxy gcc) ;;
    *) echo "setup.sh: no group '$group'; expected run, test or bench" >&2; exit 2 ;;
    esac
done
missing=()
for package in "${wanted[@]}"; do
    # what is there without dpkg's knowledge (a python or node of its own) counts too
    case $package in
    python3 | curl) command -v "$package" >/dev/null && continue ;;
    nodejs) command -v node >/dev/null && continue ;;
    python3-venv | python3-pip) python3 -c 'import venv, ensurepip' 2>/dev/null && continue ;;
    esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0
echo "installing: ${missing[*]}"
root=()
if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || { echo "setup.sh: install these as root: apt-get install ${missing[*]}" >&2; exit 1; }
    root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${root[@]}" apt-get update -qq
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
