#!/usr/bin/env bash
# Installs what is needed to build Rehearse from the distribution's packages (Debian 12 and kin).
#
#   scripts/setup.sh [run|test|dev]     run: to build the command; test (default): and the tests;
#                                       dev: and fuzzing, lint, formatting
# Does nothing, quickly and without the network, when all is there. Exit code 4: it could not.
set -euo pipefail

run_packages=(
  g++ cmake ninja-build ccache lld
  libfmt-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev
  libeigen3-dev libboost-dev librandom123-dev
)
test_packages=(
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
  python3 python3-jsonschema python3-yaml
  dpkg-dev file # dpkg-shlibdeps and what it calls, for the .deb
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

echo "setup: installing ${missing[*]}" >&2
apt update || echo "setup: apt-get update failed; going on with the lists at hand" >&2
if ! apt install --no-install-recommends "${missing[@]}"; then
  echo "setup: could not install: ${missing[*]}" >&2
  exit 4
fi
