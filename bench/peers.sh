#!/usr/bin/env bash
# Rehearse beside its peers in one session on one core: runs the programs of a folder of peer
# benchmarks (its run-all.sh: "system|workload|variant|N|rate|check|cpu/wall" per line), and the
# benchmarks of this tree before and after them, so that a drift of the machine shows.
#
#   bench/peers.sh FOLDER [bare|ns3|simgrid|simpy ...]     default: bare ns3
#
# Environment: REPS repetitions of the peers (1), BUILD release build (build/release).
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD:-$root/build/release}
if (($# == 0)) || [[ ! -f $1/run-all.sh ]]; then
  sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
folder=$1
shift
(($# > 0)) || set -- bare ns3

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
ours() {
  "$build/bench/bench_event_queue" --benchmark_filter='hold/exponential|cancel' --benchmark_min_time=1
  "$build/bench/bench_request_flow" --benchmark_min_time=2
}
only_rows() { grep -E 'items_per_second' | sed -E 's/ +/ /g' | cut -c1-110; }

echo "== rehearse, before"
ours 2>/dev/null | only_rows
echo "== peers"
REPS=${REPS:-1} BUILD="$work" OUT="$work/results.txt" bash "$folder/run-all.sh" "$@" >/dev/null
awk -F'|' '{printf "%-14s %-5s %-9s %8d %14.0f/s\n", $1, $2, $3, $4, $5}' "$work/results.txt"
echo "== rehearse, after"
ours 2>/dev/null | only_rows
