#!/usr/bin/env bash
# Installs what is needed to build Rehearse from the distribution's packages (Debian 12 and kin).
#
#   scripts/setup.sh [run|test|dev]     run: to build the command; test (default): and the tests;
#                                       dev: and fuzzing, lint, formatting
#
# The page of reports is made with libraries from npm, which go to reports/page/node_modules as
# package-lock.json pins them; no script of theirs is run. Does nothing, quickly and without the network, when all is there. Exit code 4: it could not.
set -euo pipefail

page=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../reports/page" && pwd)

run_packages=(
  g++ cmake ninja-build ccache lld
  libfmt-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev
  libeigen3-dev libboost-dev librandom123-dev
  libcurl4-openssl-dev libssl-dev
)
test_packages=(
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
  python3 python3-jsonschema python3-yaml
  chromium # looks at the page
  dpkg-dev file # dpkg-shlibdeps and what it calls, for the .deb
  python3-matplotlib # draws the plots of results
  prometheus haproxy libcpp-httplib-dev curl openssl # what policies scale for real, and promtool
)
dev_packages=(clang-14 libclang-rt-14-dev clang-tidy-14 clang-tools-14 clang-format-14 gcovr)

case "${1:-test}" in
  run) packages=("${run_packages[@]}") ;;
  test) packages=("${run_packages[@]}" "${test_packages[@]}") ;;
  dev) packages=("${run_packages[@]}" "${test_packages[@]}" "${dev_packages[@]}") ;;
  *)
    echo "usage: scripts/setup.sh [run|test|dev]" >&2
    exit 2
    ;;
esac

# Any Node.js of version 18 or later will do; the distribution's where there is none.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  packages+=(nodejs npm)
fi

# The libraries of the page: those that it is made of and, for tests, those that drive a browser.
# Fetched where they are missing or the lock file has changed since.
fetch_page() {
  local what=all omit=() mark="$page/node_modules/.fetched" now try
  if [[ $1 == run ]]; then
    what=run
    omit=(--omit=dev)
  fi
  now=$(sha256sum <"$page/package-lock.json")
  if [[ -f $mark ]] && grep -qxF -e "all $now" -e "$what $now" "$mark"; then
    return 0
  fi
  echo "setup: fetching the libraries of the page" >&2
  for try in 1 2 3; do
    if (cd -- "$page" && npm ci "${omit[@]}" --ignore-scripts --no-audit --no-fund >&2); then
      echo "$what $now" >"$mark"
      return 0
    fi
    echo "setup: npm ci failed (try $try of 3)" >&2
    ((try == 3)) || sleep $((5 * try))
  done
  echo "setup: could not fetch the libraries of the page" >&2
  return 4
}

if ! command -v dpkg-query >/dev/null; then
  echo "setup: no dpkg here; install by hand: ${packages[*]}" >&2
  exit 4
fi

# One query for all; a package that dpkg never heard of gives no line at all.
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null |
  awk '$2 == "installed" { print $1 }' || true)
missing=()
for package in "${packages[@]}"; do
  grep -qxF -- "$package" <<<"$installed" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  fetch_page "${1:-test}" || exit 4
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "setup: not root and no sudo; install by hand: ${missing[*]}" >&2
    exit 4
  fi
  as_root=(sudo)
fi

# Mirrors and package locks fail now and then; three tries, further apart each time.
apt() {
  local try
  for try in 1 2 3; do
    if "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" >&2; then
      return 0
    fi
    echo "setup: apt-get $1 failed (try $try of 3)" >&2
    ((try == 3)) || sleep $((5 * try))
  done
  return 1
}

# Servers come with some packages. None is to be started by installing it: whoever needs one starts
# it himself. A policy that is there already is somebody's, and stays.
policy=/usr/sbin/policy-rc.d
forbid_services() {
  [[ ! -e $policy ]] || return 0
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap allow_services EXIT
}
allow_services() { "${as_root[@]}" rm -f -- "$policy"; }

echo "setup: installing ${missing[*]}" >&2
apt update || echo "setup: apt-get update failed; going on with the lists at hand" >&2
forbid_services
if ! apt install --no-install-recommends "${missing[@]}"; then
  echo "setup: could not install: ${missing[*]}" >&2
  exit 4
fi
# Nor with the machine, where systemd runs.
for service in prometheus haproxy; do
  if [[ " ${missing[*]} " == *" $service "* ]] && [[ -d /run/systemd/system ]]; then
    "${as_root[@]}" systemctl disable --now "$service" >&2 || true
  fi
done
fetch_page "${1:-test}" || exit 4
