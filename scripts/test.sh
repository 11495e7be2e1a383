#!/usr/bin/env bash
# Installs, builds and tests. The last line counts: "N passed, M failed[, K skipped]".
#
#   scripts/test.sh            everything that is checked before a change goes in
#   scripts/test.sh --quick    the inner loop: unit tests and tidy, little optimisation
#   scripts/test.sh --release  everything but the sanitizers
#
# REHEARSE_JOBS: parallel jobs (default: processors).
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
jobs=${REHEARSE_JOBS:-$(nproc)}
export NINJA_STATUS="[%f/%t, %es] "
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

mode=all
case "${1:-}" in
  "") ;;
  --quick) mode=quick ;;
  --release) mode=release ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac

passed=0 failed=0 skipped=0 stage="setup"
finish() {
  local code=$?
  # A stage that could not be built or did not come to its count is a failure of its own.
  if ((code != 0 && failed == 0)); then
    echo "test: stopped in stage '$stage'"
    failed=1
  fi
  local line="$passed passed, $failed failed"
  ((skipped == 0)) || line+=", $skipped skipped"
  echo "$line"
  ((failed == 0)) || code=1
  exit "$code"
}
trap finish EXIT

step() {
  stage=$1
  printf '\n== %s (%d:%02d)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60))
}

# build PRESET TARGETS... -- CMAKE-ARGUMENTS...
build() {
  local preset=$1 targets=()
  shift
  while (($# > 0)) && [[ $1 != -- ]]; do
    targets+=("$1")
    shift
  done
  (($# == 0)) || shift
  step "build $preset"
  mkdir -p "build/$preset"
  if ! cmake --preset "$preset" -Drehearse_TESTS=ON "$@" >"build/$preset/configure.log" 2>&1; then
    cat "build/$preset/configure.log"
    return 1
  fi
  ninja -C "build/$preset" -j "$jobs" "${targets[@]}"
}

# count PRESET CTEST-ARGUMENTS...: runs and adds to the sums; a failed test does not stop the rest.
count() {
  local preset=$1 report="build/$1/ctest.xml" code=0 head
  shift
  step "test $preset"
  rm -f "$report"
  # Started in the background, a shell ignores interrupts and so would all that it starts; some tests
  # interrupt the command.
  env --default-signal=INT ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure --no-tests=error \
    --output-junit ctest.xml "$@" || code=$?
  head=$(sed -n '2,/>$/p' "$report" | tr -s '\n\t' ' ')  # <testsuite tests="679" ...>
  attribute() { grep -o " $1=\"[0-9]*\"" <<<"$head" | tr -dc 0-9; }
  local total bad off
  total=$(attribute tests) bad=$(attribute failures)
  off=$(($(attribute skipped) + $(attribute disabled)))
  passed=$((passed + total - bad - off)) failed=$((failed + bad)) skipped=$((skipped + off))
  # Belt and braces: CTest says that something failed, then something failed.
  if ((code != 0 && bad == 0)); then
    return 1
  fi
}

step "setup"
scripts/setup.sh test
# The code is free of warnings with this compiler; others may know new ones.
werror=OFF
[[ $(c++ -dumpversion) != 12* ]] || werror=ON

if [[ $mode == quick ]]; then
  build dev unit_tests
  count dev -L '^(unit|tidy)$'
else
  # Files of a folder together: a whole build takes half the time.
  build release all all_verify_interface_header_sets -- \
    -Drehearse_UNITY=ON -Drehearse_BENCH=ON -Drehearse_WERROR=$werror
  count release
  if [[ $mode == all ]]; then
    # The command is built too: with other optimisation it must give the same bits as Release.
    build asan sanitized_tests -- -Drehearse_UNITY=ON \
      -Drehearse_REFERENCE_COMMAND="$PWD/build/release/rehearse"
    # Of determinism only what compares the builds: its own executable is not among those built.
    count asan -L '^(unit|negative|fuzz|determinism)$' -E '^test_determinism'
  fi
fi
stage="count"
