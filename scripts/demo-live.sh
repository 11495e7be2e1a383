#!/usr/bin/env bash
# The live loop, end to end: a real HAProxy, a real Prometheus and real processes. The load of
# scenarios/live/demo.yaml rises and falls; its policy, the Horizontal Pod Autoscaler, scales the
# processes; the log of that run is replayed into a fresh policy; the same file is simulated, and what
# Prometheus recorded stands beside it in one page.
#
#   scripts/demo-live.sh [--out DIR] [--short] [--no-build] [--keep]
#
#   --out DIR    result folder (default: results/demo-live)
#   --short      twenty seconds of load instead of two minutes
#   --no-build   use build/release as it is (REHEARSE_BUILD names another folder)
#   --keep       leave the temporary folder with logs of all servers
#
# Everything listens on loopback. Whatever is started is ended again, by its number: at the end, on a
# failure, and on Ctrl-C. The last line is for machines: "demo-live: {...}".
# Exit codes: 0 done; 1 the replay decided otherwise, or nothing was scaled; 4 something could not be
# started; 130 interrupted.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=${REHEARSE_BUILD:-$root/build/release}
out=$root/results/demo-live short=0 compile=1 keep=0
while (($# > 0)); do
  case "$1" in
    --out) out=${2:?--out needs a folder} && shift ;;
    --short) short=1 ;;
    --no-build) compile=0 ;;
    --keep) keep=1 ;;
    *)
      sed -n '2,18s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
      exit 2
      ;;
  esac
  shift
done

if ((compile)); then
  "$root/scripts/setup.sh" test || exit 4
  if [[ ! -f $build/build.ninja ]]; then
    (cd "$root" && cmake --preset release -Drehearse_UNITY=ON -Drehearse_BENCH=OFF >/dev/null) || exit 4
  fi
  ninja -C "$build" rehearse rehearse-testbed >&2 || exit 4
fi
rehearse=$build/rehearse
testbed=$build/tests/testbed/rehearse-testbed

work=
say() { printf '%s\n' "$*" >&2; }
fail() {
  say "demo-live: $1"
  [[ -z ${2:-} || ! -f $2 ]] || tail -n 15 "$2" >&2
  exit "${3:-4}"
}

# start LOG COMMAND...: in the background; its number is $!.
start() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null &
}

# As the shell knows its children: a number that it no longer lists may be anybody's by now.
runs() { jobs -rp | grep -qxF -- "$1"; }

# end PID: asks it to end, and makes it after ten seconds.
end() {
  local tries=0
  ! runs "$1" || kill -TERM "$1" 2>/dev/null || true
  while runs "$1" && ((tries++ < 200)); do sleep 0.05; done
  ! runs "$1" || kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# Ends the instances that the loop has started, by their table: they are no children of this shell.
end_instances() {
  [[ -d $work/state ]] || return 0
  timeout 60 "$rehearse" live stop "$scenario" >"$work/stop.log" 2>&1 ||
    say "demo-live: $(cat "$work/stop.log")"
}
# The children are asked of the shell, not of a list of ours: an interrupt may come between the start
# of one and a note of it. The latest goes first, so that the loop ends before its servers.
cleanup() {
  local code=$? children=() i
  trap - EXIT
  trap '' INT TERM HUP
  mapfile -t children < <(jobs -rp)
  for ((i = ${#children[@]} - 1; i >= 0; --i)); do end "${children[i]}"; done
  if [[ -n $work ]]; then
    end_instances
    if ((keep)); then say "demo-live: logs are in $work"; else rm -rf -- "$work"; fi
  fi
  exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

work=$(mktemp -d "${TMPDIR:-/tmp}/rehearse-demo.XXXXXX")
chmod 755 "$work" # Prometheus may run as somebody else
mkdir -p "$out"
out=$(cd -- "$out" && pwd)
scenario=$work/demo.yaml

# until_true SECONDS COMMAND...: polls.
until_true() {
  local tries=$(($1 * 20))
  shift
  until "$@" >/dev/null 2>&1; do
    ((tries-- > 0)) || return 1
    sleep 0.05
  done
}

in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# A stretch of ports below those that outgoing connections get, where the first three are free.
find_ports() {
  local tries
  for ((tries = 0; tries < 50; ++tries)); do
    base=$((20000 + 50 * (RANDOM % 200)))
    if ! in_use "$base" && ! in_use $((base + 1)) && ! in_use $((base + 10)); then return 0; fi
  done
  return 1
}
find_ports || fail "no free ports"
front=$base prom=$((base + 1))

cat >"$work/haproxy.cfg" <<END
global
    stats socket $work/admin.sock mode 600 level admin
    stats timeout 30s
    maxconn 2000
defaults
    mode http
    timeout connect 1s
    timeout client 10s
    timeout server 10s
frontend front
    bind 127.0.0.1:$front
    default_backend web
backend web
    balance roundrobin
    option httpchk GET /healthz
    default-server check inter 500ms fastinter 200ms downinter 500ms fall 3 rise 1
$(for i in {1..16}; do echo "    server s$i 127.0.0.1:1 disabled"; done)
END
echo '[]' >"$work/instances.json"
cat >"$work/prometheus.yml" <<END
global: {scrape_interval: 1s, scrape_timeout: 900ms}
scrape_configs:
  - job_name: web
    file_sd_configs: [{files: ["$work/instances.json"], refresh_interval: 2s}]
END
cat >"$scenario" <<END
extends: $root/scenarios/live/demo.yaml
live:
  prometheus: {url: "http://127.0.0.1:$prom"}
  targets:
    web:
      haproxy: {socket: $work/admin.sock}
      processes:
        command: [$testbed, serve, --port, "{port}", --limit, "0.2", --cores, "1", --work, 8ms, --concurrency, "32", --queue, "64", --start, 500ms]
        ports: $((base + 10))-$((base + 39))
        state: $work/state
        discovery: $work/instances.json
END
if ((short)); then
  cat >>"$scenario" <<END
experiment: {horizon: 20s, trials: 4}
workload: {clients: {arrivals: {start: 8rps, stages: [{hold: 3s}, {ramp: 5s, to: 45rps}, {hold: 12s}]}}}
END
fi
horizon=$( ((short)) && echo 20 || echo 120)

say "demo-live: starting HAProxy and Prometheus in $work"
start "$work/haproxy.log" haproxy -f "$work/haproxy.cfg" -db
start "$work/prometheus.log" prometheus --config.file="$work/prometheus.yml" \
  --storage.tsdb.path="$work/data" --web.listen-address="127.0.0.1:$prom" --query.lookback-delta=5s
until_true 10 test -S "$work/admin.sock" || fail "HAProxy does not start" "$work/haproxy.log"
until_true 20 curl -sf -m 2 "http://127.0.0.1:$prom/-/ready" ||
  fail "Prometheus does not start" "$work/prometheus.log"

say "demo-live: the policy takes over"
start "$work/live.out" "$rehearse" live run "$scenario" --log "$out/live.jsonl" --for $((horizon + 60))s
loop=$!
until_true 20 curl -sf -m 2 "http://127.0.0.1:$front/" || fail "no instance serves" "$work/live.out"
sleep 3 # two scrapes at least: the policy should see an instance that idles

say "demo-live: load for $horizon s"
begin=$(date +%s.%N)
start "$work/load.out" "$testbed" load "$scenario" --workload clients --url "http://127.0.0.1:$front/" \
  --csv "$out/load.csv"
load=$!
# While it lasts, a line a second of what HAProxy sends requests to.
while runs "$load"; do
  runs "$loop" || fail "the live loop has ended" "$work/live.out"
  if [[ -t 2 ]]; then
    up=$(curl -s -m 1 "http://127.0.0.1:$prom/api/v1/query" --data-urlencode 'query=count(up{job="web"} == 1)' |
      grep -o '"[0-9]*"\]' | tr -dc 0-9 || true)
    printf '\rdemo-live: %3d s, %s instances ' "$SECONDS" "${up:-?}" >&2
  fi
  sleep 1
done
[[ ! -t 2 ]] || printf '\n' >&2
wait "$load" || fail "the load has failed" "$work/load.out"
finish=$(date +%s.%N)

# What was recorded, as answers of Prometheus.
record() {
  curl -sf -m 10 "http://127.0.0.1:$prom/api/v1/query_range" --data-urlencode "query=$2" \
    -d "start=$begin" -d "end=$finish" -d step=1 -o "$out/recorded-$1.json" ||
    fail "Prometheus does not answer"
}
record instances 'count(up{job="web"} == 1)'
record throughput 'sum(rate(http_requests_total{job="web",code="200"}[5s]))'
record p95 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{job="web"}[5s])))'
record utilization 'sum(rate(process_cpu_seconds_total{job="web"}[5s])) / (0.2 * count(up{job="web"} == 1))'

say "demo-live: the policy lets go; ending the instances"
end "$loop"
end_instances

replayed=identical
timeout 60 "$rehearse" live replay "$out/live.jsonl" >"$work/replay.out" 2>&1 || replayed=different
say "demo-live: replay of the log: $replayed"

say "demo-live: simulating the same file"
code=0
"$rehearse" run "$scenario" --out "$out" --quiet >"$work/run.out" 2>&1 || code=$?
((code == 0 || code == 1 || code == 3)) || fail "the simulation has failed" "$work/run.out"
# Beside what is simulated: every figure that the result has over time.
recorded=()
for metric in instances throughput p95 utilization; do
  one=(--recorded "web:$metric=$out/recorded-$metric.json")
  if "$rehearse" report "$out" "${one[@]}" --recorded-start "$begin" >"$work/report.out" 2>&1; then
    recorded+=("${one[@]}")
  else
    say "demo-live: $metric is not laid beside: $(head -n 1 "$work/report.out")"
  fi
done
"$rehearse" report "$out" "${recorded[@]}" --recorded-start "$begin" --format html,csv >"$work/report.out" ||
  fail "the page cannot be made" "$work/report.out"
cat "$work/report.out" >&2

most=$(grep -o '"[0-9]*"\]' "$out/recorded-instances.json" | tr -dc '0-9\n' | sort -n | tail -1)
decisions=$(grep -c '"entry":"decide"' "$out/live.jsonl" || true)
[[ $replayed == identical ]] || cat "$work/replay.out" >&2
printf 'demo-live: {"replay": "%s", "decisions": %d, "most_instances": %d, "load": %s, "page": "%s"}\n' \
  "$replayed" "$decisions" "${most:-0}" "$(tail -n 1 "$work/load.out")" "$out/report.html"
[[ $replayed == identical && ${most:-0} -gt 1 ]]
