#!/usr/bin/env bash
# Installs, builds and runs, from nothing to a verdict:
#
#   scripts/run.sh SCENARIO [ARGUMENTS of `rehearse run`]
#
# Paths are relative to where you are. Standard output is that of the command alone; progress of the
# build goes to standard error. Exit code: that of `rehearse run`; 4 where it could not be built.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build="$root/build/release"
log="$build/build.log"

if (($# == 0)); then
  echo "usage: scripts/run.sh SCENARIO [ARGUMENTS of 'rehearse run']" >&2
  echo "   eg: scripts/run.sh scenarios/soba-dex/k6-smoke.yaml --seed 7" >&2
  exit 2
fi

"$root/scripts/setup.sh" run || exit 4
mkdir -p "$build"

failed() {
  echo "run: $1 failed; the end of $log:" >&2
  tail -n 40 "$log" >&2
  exit 4
}

# Tests need packages that a user need not have. A folder that was configured with them (by test.sh)
# is used as it is; ninja runs CMake again by itself where that is due.
if [[ ! -f "$build/build.ninja" ]]; then
  echo "run: configuring $build" >&2
  (cd "$root" && cmake --preset release -Drehearse_UNITY=ON -Drehearse_TESTS=OFF \
    -Drehearse_BENCH=OFF) \
    >"$log" 2>&1 || failed "configuring"
fi

export NINJA_STATUS="[%f/%t, %es] "
if [[ -t 2 ]]; then
  # Ninja rewrites one line on a terminal; it stays silent where nothing is to do.
  if ! ninja -C "$build" -n rehearse 2>/dev/null | grep -q 'no work to do'; then
    ninja -C "$build" rehearse >&2 || exit 4
  fi
else
  echo "run: building $build/rehearse" >&2
  ninja -C "$build" rehearse >"$log" 2>&1 || failed "building"
fi

exec "$build/rehearse" run "$@"
